"""Findings with repairs → new texts of their files, each proven by judging the files before and after.

    automatic   which repairs are made without a question
    seen        what is known of the inputs before and after: findings, and what Kea gets
    proof       whether one state may follow another
    places      which files may be written
    engine      the repairs one after the other, until none is left that can be made
    specs, kea_files   the judges: specs, and existing files of Kea

Pure but for reading: `source.rewrite` writes the new texts.
"""
