/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/id.h"
#include "bus/name.h"
#include "ctl/bus-json.h"
#include "ctl/journal.h"
#include "ctl/resolve.h"
#include "ctl/when.h"
#include "model/job.h"

#define RUNS_LOOKED_AT 50 /* whose scopes' own output is shown with a job */

static int add_unit(Strings *units, const char *run_id) {
        _cleanup_(freep) char *unit = text_format("freezer-run-%s.scope", run_id);

        return unit ? strings_add(units, unit) : -ENOMEM;
}

static int job_units(Call *call, const char *job_id, Strings *units) {
        _cleanup_(json_putp) json_object *runs = NULL;
        int r = resolve_list_runs(call, &(RunQuery){ .job_id = job_id, .limit = RUNS_LOOKED_AT }, &runs);

        for (size_t i = 0; r >= 0 && i < json_object_array_length(runs); i++)
                r = add_unit(units, field_text(json_object_array_get_idx(runs, i), "id"));
        return r;
}

/* The journal outlives freezerd, jobs and runs: a whole id needs none of them. */
static bool take_as_is(int r, const char *text) {
        return (r == -EHOSTDOWN || r == -EPIPE || r == -ENOENT) && strlen(text) == ID_TEXT_MAX - 1 &&
               job_id_valid(text);
}

static int find(Call *call, const char *text, char **ret_job, char **ret_run, Strings *units) {
        _cleanup_(freep) char *path = NULL;
        char id[PATH_ID_MAX];
        int r = resolve_job(call, text, &path);

        if (r >= 0) {
                r = sd_bus_path_decode(path, BUS_JOB_PREFIX, ret_job);
                return r < 0 ? r : job_units(call, *ret_job, units);
        }
        if (r == -ENOENT)
                r = resolve_run(call, text, true, &path);
        if (r >= 0)
                *ret_run = strdup(path_id(id, path));
        else if (take_as_is(r, text)) {
                *ret_run = strdup(text);
                *ret_job = strdup(text);
                call->problem = (Problem){};
        } else
                return r;
        return *ret_run ? add_unit(units, *ret_run) : -ENOMEM;
}

int verb_log(Call *call) {
        const char *since = call_value(call, OPTION_SINCE);
        _cleanup_(freep) char *job = NULL, *run = NULL;
        _cleanup_(strings_freep) Strings units = NULL;
        JournalQuery query = { .follow = call_has(call, OPTION_FOLLOW),
                               .json = call_has(call, OPTION_JSON) };
        int r = call_number(call, OPTION_LINES, 50, 1000000, &query.lines);

        if (r >= 0 && since) {
                r = when_parse(call, OPTION_SINCE, since, &query.since);
                if (!call_has(call, OPTION_LINES))
                        query.lines = 1000000;
        }
        if (r >= 0 && call->n_arguments > 0)
                r = find(call, call->arguments[0], &job, &run, &units);
        if (r < 0)
                return r;
        query.job_id = job;
        query.run_id = run;
        query.units = units;
        return journal_print(call, &query);
}
