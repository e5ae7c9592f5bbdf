"""Registration codes (投票人登録用コード): made, mailed, used once, replaced; and the brakes on guessing."""
