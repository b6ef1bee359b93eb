-- A version that comes again is there already. IGNORE would let more pass than that.
ON DUPLICATE KEY UPDATE version = VALUES(version)
