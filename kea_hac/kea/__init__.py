"""What Kea is, per version, and nothing of ours: vocabulary, versions, spellings, platforms, the canonical form."""
