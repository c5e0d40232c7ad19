#include <crypt.h>

// `struct crypt_data` holds arrays that are too long for Swift to import as tuples.
enum { penstock_crypt_data_size = sizeof(struct crypt_data) };
