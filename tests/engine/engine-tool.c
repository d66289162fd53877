/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "base/fd.h"
#include "engine/engine.h"
#include "pipeline/pipeline.h"

/* The engine behind a command line, for tests that compare it with tar:
 *
 *   engine-tool backup [options] DIR STREAM METADATA     engine-tool restore [options] DIR STREAM
 *   --file NAME  --exclude PATTERN  --dereference none|soft|hard|all  --previous METADATA  --gzip
 *   --dry-run  --numeric-owner  --scribble PATH TEXT (appended to PATH when the first tick comes)
 *
 * Incomplete files go to standard output, one line each; exit status 3 then, 1 for an error. */
typedef struct Options {
        const char *file, *exclude, *previous, *scribble;
        Dereference dereference;
        bool gzip, dry_run, numeric_owner;
} Options;

typedef struct FdSink {
        Sink sink;
        int fd;
} FdSink;

static int fd_sink_write(Sink *s, const void *data, size_t size) {
        return fd_write_full(((FdSink *) s)->fd, data, size);
}

static int fd_sink_finish(Sink *s) {
        return 0;
}

static void fd_sink_free(Sink *s) {
        (void) close(((FdSink *) s)->fd);
        free(s);
}

static const SinkOps fd_sink_ops = { "file", fd_sink_write, fd_sink_finish, fd_sink_free };

static Sink *sink_to_file(const char *path) {
        FdSink *s = new0(FdSink, 1);

        if (!s)
                return NULL;
        *s = (FdSink) { { &fd_sink_ops }, open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) };
        return s->fd < 0 ? (free(s), NULL) : &s->sink;
}

static void show_incomplete(void *userdata, const char *path, const char *why) {
        printf("incomplete: %s: %s\n", path, why);
}

static void show_listed(void *userdata, const char *path, char type) {
        printf("%c %s\n", type, path);
}

static int scribble(void *userdata) {
        Options *o = userdata;
        FILE *f = o->scribble ? fopen(o->scribble, "ae") : NULL;

        if (f) {
                (void) fputs("scribbled", f);
                (void) fclose(f);
        }
        o->scribble = NULL;
        return 0;
}

static int backup(Options *o, char **args) {
        _cleanup_(closep) int root = open(args[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(sink_freep) Sink *stream = sink_to_file(args[1]), *metadata = sink_to_file(args[2]);
        _cleanup_(freep) char *previous = NULL;
        EngineReport report = { .incomplete = show_incomplete, .tick = scribble, .userdata = o };
        EngineBackup what = { root, o->file, o->exclude, o->dereference };
        Problem problem = {};
        int r = 0;

        if (root < 0 || !stream || !metadata)
                return -EBADF;
        if (o->gzip)
                stream = compress_sink(COMPRESSION_GZIP, stream);
        if (o->previous)
                r = file_read(AT_FDCWD, o->previous, (size_t) 1 << 30, &previous, &what.previous_size);
        what.previous = previous;
        if (r >= 0)
                r = engine_get(ENGINE_TAR)->backup(&what, stream, metadata, &report, &problem);
        if (r >= 0)
                r = sink_finish(stream);
        if (r >= 0)
                r = sink_finish(metadata);
        if (r < 0)
                fprintf(stderr, "%s (%d)\n", problem.text, r);
        fprintf(stderr, "files %llu/%llu bytes %llu/%llu\n", (unsigned long long) report.files,
                (unsigned long long) report.files_total, (unsigned long long) report.bytes,
                (unsigned long long) report.bytes_total);
        return r < 0 ? r : report.files_incomplete > 0;
}

static int restore(Options *o, char **args) {
        _cleanup_(closep) int target = open(args[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int in = streq(args[1], "-") ? 0 : open(args[1], O_RDONLY | O_CLOEXEC);
        _cleanup_(source_freep) Source *stream = in < 0 ? NULL : source_from_fd(in);
        EngineReport report = { .incomplete = show_incomplete };
        EngineRestore what = { target, o->dry_run, o->numeric_owner, o->dry_run ? show_listed : NULL, o };
        Problem problem = {};
        int r;

        if (target < 0 || !stream)
                return -EBADF;
        if (o->gzip)
                stream = decompress_source(COMPRESSION_GZIP, stream);
        r = engine_get(ENGINE_TAR)->restore(&what, stream, &report, &problem);
        if (r < 0)
                fprintf(stderr, "%s (%d)\n", problem.text, r);
        return r < 0 ? r : report.files_incomplete > 0;
}

static Dereference dereference(const char *name) {
        return streq(name, "soft") ? DEREFERENCE_SOFT : streq(name, "hard") ? DEREFERENCE_HARD :
               streq(name, "all") ? DEREFERENCE_ALL : DEREFERENCE_NONE;
}

int main(int argc, char *argv[]) {
        static const struct option long_options[] = {
                { "file", required_argument, NULL, 'f' },     { "exclude", required_argument, NULL, 'e' },
                { "previous", required_argument, NULL, 'p' }, { "scribble", required_argument, NULL, 's' },
                { "dereference", required_argument, NULL, 'd' }, { "gzip", no_argument, NULL, 'z' },
                { "dry-run", no_argument, NULL, 'n' },        { "numeric-owner", no_argument, NULL, 'N' }, {},
        };
        Options o = {};
        int c, r = -EINVAL;

        while ((c = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
                switch (c) {
                case 'f': o.file = optarg; break;
                case 'e': o.exclude = optarg; break;
                case 'p': o.previous = optarg; break;
                case 's': o.scribble = optarg; break;
                case 'd': o.dereference = dereference(optarg); break;
                case 'z': o.gzip = true; break;
                case 'n': o.dry_run = true; break;
                case 'N': o.numeric_owner = true; break;
                default: return 2;
                }
        if (argc - optind == 4 && streq(argv[optind], "backup"))
                r = backup(&o, argv + optind + 1);
        else if (argc - optind == 3 && streq(argv[optind], "restore"))
                r = restore(&o, argv + optind + 1);
        return r < 0 ? 1 : r > 0 ? 3 : 0;
}
