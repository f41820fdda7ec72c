// SPDX-License-Identifier: Apache-2.0
/* Stands in for pdftotext: does what the "document" on its standard input says after FAKE: */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void eat_memory(void)
{
    for (;;) {
        char *p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) {
            fprintf(stderr, "Out of memory\n");
            exit(1);
        }
        memset(p, 1, 16 << 20);
    }
}

static void spin(void)
{
    for (volatile unsigned long i = 0;; i = i + 1)
        ;
}

static void flood(void)
{
    static char page[8192];
    memset(page, 'x', sizeof page);
    page[80] = '\n';
    page[8191] = '\f';
    while (write(1, page, sizeof page) > 0)
        ;
}

/* What can be seen and done from inside: one line each; nothing here may kill. */
static void look_around(const char *secret)
{
    char b[8];
    int fd = open(secret, O_RDONLY);
    printf("read %s\n", fd >= 0 && read(fd, b, 4) == 4 ? "yes" : "no");
    fd = open("/etc/passwd", O_RDONLY);
    printf("passwd %s\n", fd >= 0 ? "yes" : "no");
    fd = open("/tmp/yunjian-fake-pdftotext", O_WRONLY | O_CREAT, 0600);
    printf("write %s\n", fd >= 0 ? "yes" : "no");
    int open_ones = 0;
    for (int i = 3; i < 1024; i++)
        open_ones += fcntl(i, F_GETFD) >= 0;
    printf("descriptors %d\n", open_ones);
    extern char **environ;
    int variables = 0;
    for (char **e = environ; *e; e++)
        variables += strncmp(*e, "ASAN_", 5) != 0 && strncmp(*e, "UBSAN_", 6) != 0;
    printf("environment %d\n", variables);
    execl("/bin/true", "true", NULL);
    printf("exec %s\f", errno == EACCES || errno == EPERM ? "no" : "other");
}

int main(void)
{
    static char doc[4096];
    size_t n = fread(doc, 1, sizeof doc - 1, stdin);
    doc[n] = '\0';
    const char *what = strstr(doc, "FAKE:");
    what = what ? what + 5 : "";
    if (strncmp(what, "text", 4) == 0)
        printf("what stands on the page\f");
    else if (strncmp(what, "sleep", 5) == 0)
        sleep(1000);
    else if (strncmp(what, "spin", 4) == 0)
        spin();
    else if (strncmp(what, "memory", 6) == 0)
        eat_memory();
    else if (strncmp(what, "crash", 5) == 0)
        raise(SIGSEGV);
    else if (strncmp(what, "abort", 5) == 0)
        abort();
    else if (strncmp(what, "flood", 5) == 0)
        flood();
    else if (strncmp(what, "fork", 4) == 0)
        printf("%d\f", (int)fork());
    else if (strncmp(what, "socket", 6) == 0)
        printf("%d\f", socket(AF_INET, SOCK_STREAM, 0));
    else if (strncmp(what, "closes", 6) == 0) { /* and stays */
        close(1);
        close(2);
        sleep(1000);
    } else if (strncmp(what, "look ", 5) == 0)
        look_around(strtok(doc + (what - doc) + 5, "\n"));
    return 0;
}
