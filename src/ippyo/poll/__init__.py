"""What is voted on: manifest, contests, answers, ballot styles, and the election text of each contest.

Pure: no cryptography, no files but the manifest, no clock.
"""
