// The low-level SHA-256 calls are marked deprecated since OpenSSL 3.0, but the one-shot calls that
// replace them look the algorithm up anew each time, which costs more than hashing a token.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
