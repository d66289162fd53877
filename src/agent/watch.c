/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/watch.h"

typedef struct WatchSink {
        Sink sink;
        Watch *watch;
        Sink *next;
} WatchSink;

static int watch_write(Sink *s, const void *data, size_t size) {
        WatchSink *w = (WatchSink *) s;
        int r = task_tick(w->watch->task);

        if (r < 0)
                return r;
        r = sink_write(w->next, data, size);
        if (r < 0) {
                w->watch->error = r;
                return r;
        }
        w->watch->bytes += size;
        w->watch->task->run->bytes_stored += size;
        w->watch->task->reporter->progress.bytes_stored = w->watch->task->run->bytes_stored;
        return 0;
}

static int watch_finish(Sink *s) {
        WatchSink *w = (WatchSink *) s;
        int r = sink_finish(w->next);

        if (r < 0)
                w->watch->error = r;
        return r;
}

static void watch_free(Sink *s) {
        sink_free(((WatchSink *) s)->next);
        free(s);
}

static const SinkOps watch_ops = { "watch", watch_write, watch_finish, watch_free };

Sink *watch_sink(Watch *watch, Sink *next) {
        WatchSink *w = new0(WatchSink, 1);

        if (!w)
                return NULL;
        *w = (WatchSink) { { &watch_ops }, watch, next };
        return &w->sink;
}

typedef struct WatchSource {
        Source source;
        Task *task;
        Source *from;
} WatchSource;

static ssize_t watch_read(Source *s, void *data, size_t size) {
        WatchSource *w = (WatchSource *) s;
        int r = task_tick(w->task);

        return r < 0 ? r : source_read(w->from, data, size);
}

static void watch_source_free(Source *s) {
        source_free(((WatchSource *) s)->from);
        free(s);
}

static const SourceOps watch_source_ops = { "watch", watch_read, watch_source_free };

Source *watch_source(Task *task, Source *from) {
        WatchSource *w = new0(WatchSource, 1);

        if (!w)
                return NULL;
        *w = (WatchSource) { { &watch_source_ops }, task, from };
        return &w->source;
}

static int null_write(Sink *s, const void *data, size_t size) {
        return 0;
}

static int null_finish(Sink *s) {
        return 0;
}

static void null_free(Sink *s) {
        free(s);
}

static const SinkOps null_ops = { "nothing", null_write, null_finish, null_free };

Sink *watch_null_sink(void) {
        Sink *s = new0(Sink, 1);

        if (s)
                s->ops = &null_ops;
        return s;
}
