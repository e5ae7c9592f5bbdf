"""The roll of voters (名簿): who is entitled, imported from the town's file, and matched with a card's data."""
