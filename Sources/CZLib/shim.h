// zlib's streaming inflate. `inflateInit2` is a macro that passes the version and the structure's
// size along; Swift does not import it, so it is restated here as a function.
#include <zlib.h>

static inline int penstock_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
