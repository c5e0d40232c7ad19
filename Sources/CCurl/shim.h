#include <curl/curl.h>

// curl_easy_setopt takes a varying argument, which Swift cannot pass; each of these passes one type.
static inline CURLcode penstock_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode penstock_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode penstock_curl_set_list(CURL *handle, CURLoption option,
                                              struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

// What CURLOPT_READFUNCTION calls for more bytes to send.
typedef size_t (*penstock_curl_source)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode penstock_curl_set_source(CURL *handle, penstock_curl_source source,
                                                void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, source);
    return code ? code : curl_easy_setopt(handle, CURLOPT_READDATA, context);
}

// Takes what the server says and forgets it; without it libcurl prints to standard output.
static inline size_t penstock_curl_forget(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

static inline CURLcode penstock_curl_set_silent(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, penstock_curl_forget);
}

// CURL_GLOBAL_ALL is a macro that Swift does not see.
static inline CURLcode penstock_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_ALL); }

// The server's last answer, as an SMTP code.
static inline CURLcode penstock_curl_response_code(CURL *handle, long *code) {
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, code);
}
