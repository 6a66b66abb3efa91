/* SPDX-License-Identifier: MIT */
/*
 * fake_dns: a DNS server of ours for tests: one thread, one UDP and one TCP socket on a port of loopback,
 * answers from a table. What is not in the table does not exist (NXDOMAIN); a fact may also say that there is
 * no answer at all, a late one, one that is cut (the rest is had by TCP), a refusal, an alias, rubbish, or
 * one with another question's id.
 */
#ifndef COUPLET_SPEC_FAKE_DNS_H
#define COUPLET_SPEC_FAKE_DNS_H

#include "check.h"

#include "base/buf.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { A = 1, CNAME = 5, AAAA = 28, SRV = 33 };

enum behaviour {
    ANSWER,
    SILENT,     /* no answer to questions of this name and type */
    BROKEN,     /* rubbish */
    FAILING,    /* SERVFAIL */
    REFUSED,    /* REFUSED */
    CUT,        /* the UDP answer is truncated; TCP has it all */
    FOREIGN_ID, /* first one with a wrong id and a wrong address, then the right one */
    LATE,       /* after fake_dns_release() */
    DAMAGED,    /* some bytes behind the question are others, each time */
};

struct fact {
    const char *name;
    int type;                   /* of the record; 0 with another behaviour than ANSWER: all types */
    int priority, weight, port; /* SRV */
    const char *value;          /* address or target; NULL: no data */
    enum behaviour how;
    int ttl; /* seconds; 0: 60, -1: 0 */
};

struct fake_dns {
    const struct fact *facts; /* ends with name NULL */
    int udp, tcp;
    int stop[2], release[2]; /* pipes: a byte, or the end, says so */
    uint16_t port;
    int questions, by_tcp;
    struct buf late; /* packets that wait for fake_dns_release; each: address, length, bytes */
    pthread_t thread;
};

static inline void dns_put16(struct buf *b, unsigned v) {
    buf_addc(b, (char)(v >> 8));
    buf_addc(b, (char)v);
}

static inline void dns_put_name(struct buf *b, const char *name) {
    while (*name != '\0' && strcmp(name, ".") != 0) {
        size_t len = strcspn(name, ".");
        buf_addc(b, (char)len);
        buf_add(b, name, len);
        name += len + (name[len] == '.');
    }
    buf_addc(b, 0);
}

static inline void dns_put_value(struct buf *b, const struct fact *f) {
    unsigned char bytes[16];
    if (f->type == SRV) {
        dns_put16(b, (unsigned)f->priority);
        dns_put16(b, (unsigned)f->weight);
        dns_put16(b, (unsigned)f->port);
    }
    if (f->type == SRV || f->type == CNAME) {
        dns_put_name(b, f->value);
        return;
    }
    inet_pton(f->type == A ? AF_INET : AF_INET6, f->value, bytes);
    buf_add(b, bytes, f->type == A ? 4 : 16);
}

static inline void dns_put_record(struct buf *b, const struct fact *f) {
    struct buf value = BUF_INIT;
    dns_put_name(b, f->name);
    dns_put16(b, (unsigned)f->type);
    dns_put16(b, 1);
    dns_put16(b, 0);
    dns_put16(b, f->ttl == 0 ? 60 : f->ttl < 0 ? 0 : (unsigned)f->ttl);
    dns_put_value(&value, f);
    dns_put16(b, (unsigned)buf_len(&value));
    buf_add(b, buf_data(&value), buf_len(&value));
    buf_finish(&value);
}

/* The name and type of the only question; returns its length. */
static inline size_t dns_read_question(const unsigned char *q, char *name, int *type) {
    size_t at = 12, n = 0;
    while (q[at] != 0) {
        memcpy(name + n, q + at + 1, q[at]);
        n += q[at];
        name[n++] = '.';
        at += q[at] + 1u;
    }
    name[n ? n - 1 : 0] = '\0';
    *type = q[at + 1] << 8 | q[at + 2];
    return at + 5 - 12;
}

/* The records of this name and type, aliases followed; returns how many. */
static inline int dns_put_answers(const struct fake_dns *s, struct buf *out, const char *name, int type) {
    int count = 0;
    for (const struct fact *f = s->facts; f->name != NULL; f++) {
        if (strcmp(f->name, name) != 0 || f->value == NULL)
            continue;
        if (f->type == type || f->type == CNAME) {
            dns_put_record(out, f);
            count++;
        }
        if (f->type == CNAME)
            count += dns_put_answers(s, out, f->value, type);
    }
    return count;
}

static inline const struct fact *dns_find(const struct fake_dns *s, const char *name, int type, bool *known) {
    const struct fact *found = NULL;
    *known = false;
    for (const struct fact *f = s->facts; f->name != NULL; f++) {
        if (strcmp(f->name, name) != 0)
            continue;
        *known = true;
        if (found == NULL && (f->type == type || f->type == 0))
            found = f;
    }
    return found;
}

static inline void dns_make_reply(const struct fake_dns *s, const unsigned char *query, struct buf *out,
                                  enum behaviour how, bool is_tcp) {
    struct buf answers = BUF_INIT;
    char name[256];
    int type, count;
    bool known, is_cut = how == CUT && !is_tcp;
    size_t len = dns_read_question(query, name, &type);
    dns_find(s, name, type, &known);
    count = is_cut || how == FAILING || how == REFUSED ? 0 : dns_put_answers(s, &answers, name, type);
    buf_add(out, (const char *)query, 2);
    dns_put16(out, how == FAILING   ? 0x8182
                   : how == REFUSED ? 0x8185
                   : is_cut         ? 0x8380
                   : known          ? 0x8180
                                    : 0x8183);
    dns_put16(out, 1);
    dns_put16(out, (unsigned)count);
    dns_put16(out, 0);
    dns_put16(out, 0);
    buf_add(out, (const char *)query + 12, len);
    buf_add(out, buf_data(&answers), buf_len(&answers));
    buf_finish(&answers);
}

static inline enum behaviour dns_how(struct fake_dns *s, const unsigned char *query) {
    char name[256];
    int type;
    bool known;
    dns_read_question(query, name, &type);
    __atomic_add_fetch(&s->questions, 1, __ATOMIC_RELEASE);
    const struct fact *f = dns_find(s, name, type, &known);
    return f != NULL ? f->how : ANSWER;
}

static inline void dns_keep(struct fake_dns *s, const struct buf *reply, const struct sockaddr_in *to) {
    size_t len = buf_len(reply);
    buf_add(&s->late, (const char *)to, sizeof(*to));
    buf_add(&s->late, (const char *)&len, sizeof(len));
    buf_add(&s->late, buf_data(reply), len);
}

static inline void dns_send(const struct fake_dns *s, const struct buf *reply, const struct sockaddr_in *to) {
    sendto(s->udp, buf_data(reply), buf_len(reply), 0, (const struct sockaddr *)to, sizeof(*to));
}

/* Reproducible: the n-th question gets the n-th damage. */
static inline void dns_damage(struct fake_dns *s, struct buf *reply, size_t from) {
    uint32_t random = (uint32_t)s->questions * 2654435761u;
    for (int i = 0; i < 3; i++) {
        random = random * 1664525u + 1013904223u;
        if (buf_len(reply) > from)
            reply->data[from + (random >> 16) % (buf_len(reply) - from)] ^= (char)(random >> 8 | 1);
    }
    if (random >> 30 == 0)
        buf_cut(reply, from + (random >> 8) % (buf_len(reply) - from));
}

static inline void dns_on_udp(struct fake_dns *s) {
    unsigned char query[512];
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    ssize_t n = recvfrom(s->udp, query, sizeof(query), 0, (struct sockaddr *)&from, &from_len);
    if (n <= 12)
        return;
    enum behaviour how = dns_how(s, query);
    struct buf reply = BUF_INIT;
    dns_make_reply(s, query, &reply, how, false);
    if (how == FOREIGN_ID) {
        reply.data[0] ^= 0x55;
        reply.data[buf_len(&reply) - 1] ^= 0x55;
        dns_send(s, &reply, &from);
        reply.data[0] ^= 0x55;
        reply.data[buf_len(&reply) - 1] ^= 0x55;
    } else if (how == BROKEN) {
        buf_clear(&reply);
        buf_lit(&reply, "junk");
    }
    if (how == DAMAGED) {
        char name[256];
        int type;
        dns_damage(s, &reply, 12 + dns_read_question(query, name, &type));
    }
    if (how == LATE)
        dns_keep(s, &reply, &from);
    else if (how != SILENT)
        dns_send(s, &reply, &from);
    buf_finish(&reply);
}

static inline void dns_on_tcp(struct fake_dns *s) {
    unsigned char query[512], len[2];
    int fd = accept(s->tcp, NULL, NULL);
    s->by_tcp++;
    if (recv(fd, len, 2, MSG_WAITALL) == 2 && (size_t)(len[0] << 8 | len[1]) <= sizeof(query) &&
        recv(fd, query, (size_t)(len[0] << 8 | len[1]), MSG_WAITALL) > 12) {
        struct buf reply = BUF_INIT, packet = BUF_INIT;
        dns_make_reply(s, query, &reply, dns_how(s, query), true);
        dns_put16(&packet, (unsigned)buf_len(&reply));
        buf_add(&packet, buf_data(&reply), buf_len(&reply));
        send(fd, buf_data(&packet), buf_len(&packet), MSG_NOSIGNAL);
        recv(fd, query, 1, 0); /* until the client closes */
        buf_finish(&packet);
        buf_finish(&reply);
    }
    close(fd);
}

static inline void dns_send_late(struct fake_dns *s) {
    while (buf_len(&s->late) > 0) {
        struct sockaddr_in to;
        size_t len;
        memcpy(&to, buf_data(&s->late), sizeof(to));
        memcpy(&len, buf_data(&s->late) + sizeof(to), sizeof(len));
        const char *bytes = buf_data(&s->late) + sizeof(to) + sizeof(len);
        sendto(s->udp, bytes, len, 0, (struct sockaddr *)&to, sizeof(to));
        buf_consume(&s->late, sizeof(to) + sizeof(len) + len);
    }
}

static inline void *dns_serve(void *arg) {
    struct fake_dns *s = arg;
    char byte;
    for (;;) {
        struct pollfd fds[4] = {{.fd = s->udp, .events = POLLIN},
                                {.fd = s->tcp, .events = POLLIN},
                                {.fd = s->release[0], .events = POLLIN},
                                {.fd = s->stop[0], .events = POLLIN}};
        if (poll(fds, 4, -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[3].revents != 0)
            return NULL;
        if (fds[0].revents != 0)
            dns_on_udp(s);
        if (fds[1].revents != 0)
            dns_on_tcp(s);
        if (fds[2].revents != 0 && read(s->release[0], &byte, 1) == 1)
            dns_send_late(s);
    }
}

/* UDP and TCP on one port: when the second is taken, another pair is tried. */
static inline void fake_dns_start(struct fake_dns *s, const struct fact *facts) {
    *s = (struct fake_dns){.facts = facts};
    for (int i = 0; i < 100; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof(a);
        s->udp = socket(AF_INET, SOCK_DGRAM, 0);
        s->tcp = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_INT(bind(s->udp, (struct sockaddr *)&a, len), 0);
        getsockname(s->udp, (struct sockaddr *)&a, &len);
        s->port = ntohs(a.sin_port);
        if (bind(s->tcp, (struct sockaddr *)&a, len) == 0)
            break;
        close(s->udp);
        close(s->tcp);
    }
    CHECK_INT(listen(s->tcp, 8), 0);
    CHECK_INT(pipe(s->stop) | pipe(s->release), 0);
    pthread_create(&s->thread, NULL, dns_serve, s);
}

/* What is LATE goes out now. */
static inline void fake_dns_release(struct fake_dns *s) {
    CHECK_INT(write(s->release[1], "", 1), 1);
}

static inline void fake_dns_finish(struct fake_dns *s) {
    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    close(s->release[0]);
    close(s->release[1]);
    close(s->udp);
    close(s->tcp);
    buf_finish(&s->late);
}

/* For dns_new. */
static inline const char *fake_dns_address(const struct fake_dns *s, char out[32]) {
    snprintf(out, 32, "127.0.0.1:%u", s->port);
    return out;
}

#endif
