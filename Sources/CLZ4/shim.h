// The raw-block interfaces of LZ4 that the block codec uses: LZ4_decompress_safe, LZ4_compress_HC.
#include <lz4.h>
#include <lz4hc.h>
