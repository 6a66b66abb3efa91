/* SPDX-License-Identifier: MIT */
/*
 * stapler: TLS in front of a server that has none, with an answer of OCSP stapled to its certificate. It says
 * the port that it listens on, and serves one connection after the other, each in a process of its own.
 *
 *   stapler CERTIFICATE KEY ANSWER PORT        a file ANSWER that is not there: nothing is stapled
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MOST = 65536, PIECE = 4096 };

static int staple(SSL *ssl, void *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    unsigned char *der = OPENSSL_malloc(ANSWER_MOST);
    size_t len = fread(der, 1, ANSWER_MOST, file);
    fclose(file);
    SSL_set_tlsext_status_ocsp_resp(ssl, der, (long)len);
    return SSL_TLSEXT_ERR_OK;
}

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool write_all(int fd, const char *bytes, int len) {
    for (ssize_t n; len > 0; bytes += n, len -= (int)n)
        if ((n = write(fd, bytes, (size_t)len)) <= 0)
            return false;
    return true;
}

/* False: one of the two has ended. */
static bool pass(SSL *ssl, int behind) {
    struct pollfd fds[] = {{SSL_get_fd(ssl), POLLIN, 0}, {behind, POLLIN, 0}};
    char bytes[PIECE];
    int n;
    if (SSL_pending(ssl) == 0 && poll(fds, 2, -1) < 0)
        return false;
    if (SSL_pending(ssl) > 0 || fds[0].revents != 0)
        return (n = SSL_read(ssl, bytes, PIECE)) > 0 && write_all(behind, bytes, n);
    return (n = (int)read(behind, bytes, PIECE)) > 0 && SSL_write(ssl, bytes, n) == n;
}

static void serve(SSL_CTX *ctx, int fd, int port) {
    struct sockaddr_in to = loopback(port);
    int behind = socket(AF_INET, SOCK_STREAM, 0);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (SSL_accept(ssl) == 1 && connect(behind, (struct sockaddr *)&to, sizeof(to)) == 0) {
        while (pass(ssl, behind))
            continue;
        SSL_shutdown(ssl);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = loopback(0);
    socklen_t len = sizeof(at);
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    if (argc != 5 || SSL_CTX_use_certificate_chain_file(ctx, argv[1]) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[2], SSL_FILETYPE_PEM) != 1 ||
        bind(listener, (struct sockaddr *)&at, len) != 0 || listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0) {
        ERR_print_errors_fp(stderr);
        return 1;
    }
    SSL_CTX_set_tlsext_status_cb(ctx, staple);
    SSL_CTX_set_tlsext_status_arg(ctx, argv[3]);
    printf("port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        if (fork() == 0)
            serve(ctx, fd, atoi(argv[4]));
        close(fd);
    }
    return 0;
}
