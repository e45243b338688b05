"""Values of the wrong shape everywhere: specs, files of Kea and answers of servers whose maps, lists and scalars changed places."""
