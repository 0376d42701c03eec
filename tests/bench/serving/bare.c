/*
 * bare THREADS FILE: a libmicrohttpd server that swallows the body and answers the bytes of FILE,
 * whatever was asked. What any daemon built on the library could reach at best.
 *
 * Prints "listening on http://127.0.0.1:PORT" and serves until SIGTERM.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct MHD_Response *reply;

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_bytes, void **request)
{
    static int seen;
    (void)cls, (void)url, (void)method, (void)version, (void)upload;
    if (*request == NULL) {
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        *upload_bytes = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, reply);
}

int main(int argc, char **argv)
{
    static char text[65536];
    FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (f == NULL) {
        fputs("usage: bare THREADS FILE\n", stderr);
        return 2;
    }
    size_t n = fread(text, 1, sizeof(text), f);
    fclose(f);
    reply = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(reply, "Content-Type", "application/json");

    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned threads = (unsigned)atoi(argv[1]);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, 4096u, threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
        threads, MHD_OPTION_END);
    if (daemon == NULL) {
        perror("bare");
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n",
           (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    int signal_number;
    sigwait(&stop, &signal_number);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(reply);
    return 0;
}
