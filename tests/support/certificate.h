/* Certificates of a test's own: made when asked for, out of a fresh key, and written where the test
 * writes its files. None stands in the tree. */
#ifndef TESTS_SUPPORT_CERTIFICATE_H
#define TESTS_SUPPORT_CERTIFICATE_H

/* A self-signed certificate for localhost and 127.0.0.1, which vouches for itself as a CA too, and
 * its key, mode 0600: paths that stand until the process ends, different at each call. The files are
 * removed when it does. */
void certificate_files(const char **ret_certificate, const char **ret_key);

#endif
