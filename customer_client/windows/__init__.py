"""What several parts of this program need of Windows: its functions with their signatures, facts about its desktop."""
