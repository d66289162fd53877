/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/text.h"
#include "model/job.h"

/* Tables are easier to read with ' in place of ". */
static char *quoted(const char *text) {
        char *copy = strdup(text);

        assert_non_null(copy);
        for (char *p = copy; *p; p++)
                if (*p == '\'')
                        *p = '"';
        return copy;
}

#define BACKUP "'action':'backup','path_to_backup':'/a','backup_name':'b','container':'/c'"
#define ACTION(settings) "{'job_actions':[{'freezer_action':{" settings "}}]}"
#define WITH(setting) ACTION(BACKUP "," setting)
#define MEMBER(member) "{'job_actions':[{'freezer_action':{" BACKUP "}," member "}]}"
#define TOP(member) "{" member ",'job_actions':[{'freezer_action':{" BACKUP "}}]}"
#define FIELD "job_actions[0].freezer_action."

static int parse(const char *text, Job **ret, Problem *problem) {
        _cleanup_(freep) char *document = quoted(text);

        return job_parse(document, strlen(document), ret, problem);
}

/* Document, what is said about it. An expectation that ends in * is a beginning: the rest is the schedule's
 * own. */
static const char *const wrong[][2] = {
                /* the document */
                {"", "not valid JSON: line 1, column 1: it ends too early"},
                {"x", "not valid JSON: line 1, column 1: an object is expected here"},
                {"[]", "the document must be an object, not a list"},
                {"{'a':1", "not valid JSON: line 1, column 7: it ends too early"},
                {TOP("'a':NaN"), "not valid JSON: line 1, column 6: not a value of JSON"},
                {TOP("'a':1") "{}",
                 "not valid JSON: line 1, column 120: something follows the end of the document"},
                {TOP("'a':'\xff'"), "the document is not valid UTF-8"},
                {TOP("'a':[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
                 "not valid JSON: line 1, column 37: nested deeper than 32 levels"},
                /* the job */
                {"{}", "job_actions: is missing; a job needs at least one action"},
                {"{'job_actions':null}", "job_actions: is missing; a job needs at least one action"},
                {"{'job_actions':[]}", "job_actions: is empty; a job needs at least one action"},
                {"{'job_actions':{}}", "job_actions: must be a list, not an object"},
                {"{'job_actions':'backup'}", "job_actions: must be a list, not 'backup'"},
                {TOP("'job_id':5"), "job_id: must be text, not 5"},
                {TOP("'job_id':'a b'"),
                 "job_id: must be 1 to 64 of the characters A-Z a-z 0-9 _ -, not 'a b'"},
                {TOP("'job_id':'../x'"),
                 "job_id: must be 1 to 64 of the characters A-Z a-z 0-9 _ -, not '../x'"},
                {TOP("'job_id':'a\\u0000b'"), "job_id: contains a NUL character"},
                {TOP("'job_id':'0123456789012345678901234567890123456789012345678901234567890123456'"),
                 "job_id: must be 1 to 64 of the characters A-Z a-z 0-9 _ -, not "
                 "'0123456789012345678901234567890123456789012345678901234567890123456'"},
                {TOP("'description':['x']"), "description: must be text, not a list"},
                {TOP("'client_id':true"), "client_id: must be text, not true"},
                {TOP("'systemd':'x'"), "systemd: must be an object, not 'x'"},
                {TOP("'job_schedule':[]"), "job_schedule: must be an object, not a list"},
                {TOP("'job_schedule':{'status':1}"), "job_schedule.status: must be text, not 1"},
                {TOP("'job_schedule':{'event':{}}"), "job_schedule.event: must be text, not an object"},
                /* members of job_actions */
                {"{'job_actions':[5]}", "job_actions[0]: must be an object, not 5"},
                {"{'job_actions':[null]}", "job_actions[0]: must be an object, not null"},
                {"{'job_actions':[{}]}", "job_actions[0].freezer_action: is missing; it says what to do"},
                {"{'job_actions':[{'freezer_action':[]}]}",
                 "job_actions[0].freezer_action: must be an object, not a list"},
                {"{'job_actions':[{'freezer_action':{" BACKUP "}},{'action':'backup'}]}",
                 "job_actions[1].freezer_action: is missing; it says what to do"},
                {MEMBER("'max_retries':-1"),
                 "job_actions[0].max_retries: must be a whole number from 0 to 9999, not -1"},
                {MEMBER("'max_retries':'many'"),
                 "job_actions[0].max_retries: must be a whole number from 0 to 9999, not 'many'"},
                {MEMBER("'max_retries':1.5"),
                 "job_actions[0].max_retries: must be a whole number from 0 to 9999, not 1.5"},
                {MEMBER("'max_retries':10000"),
                 "job_actions[0].max_retries: must be a whole number from 0 to 9999, not 10000"},
                {MEMBER("'max_retries':true"),
                 "job_actions[0].max_retries: must be a whole number from 0 to 9999, not true"},
                {MEMBER("'max_retries_interval':604801"),
                 "job_actions[0].max_retries_interval: must be a whole number from 0 to 604800, not 604801"},
                {MEMBER("'mandatory':'maybe'"),
                 "job_actions[0].mandatory: must be true or false, not 'maybe'"},
                {MEMBER("'mandatory':2"), "job_actions[0].mandatory: must be true or false, not 2"},
                /* what is needed */
                {ACTION(""), FIELD "action: is missing; allowed: backup, restore, admin, info, exec"},
                {ACTION("'action':null"),
                 FIELD "action: is missing; allowed: backup, restore, admin, info, exec"},
                {ACTION("'action':''"),
                 FIELD "action: must be one of backup, restore, admin, info, exec, not ''"},
                {ACTION("'action':'back up'"),
                 FIELD "action: must be one of backup, restore, admin, info, exec, not 'back up'"},
                {ACTION("'action':'Backup'"),
                 FIELD "action: must be one of backup, restore, admin, info, exec, not 'Backup'"},
                {ACTION("'action':1"),
                 FIELD "action: must be one of backup, restore, admin, info, exec, not 1"},
                {ACTION("'action':'backup'"), FIELD "path_to_backup: is missing; 'backup' needs it"},
                {ACTION("'action':'backup','path_to_backup':''"),
                 FIELD "path_to_backup: is missing; 'backup' needs it"},
                {ACTION("'action':'backup','path_to_backup':'/a'"),
                 FIELD "backup_name: is missing; 'backup' needs it"},
                {ACTION("'action':'backup','path_to_backup':'/a','backup_name':'b'"),
                 FIELD "container: is missing; 'backup' needs it"},
                {ACTION("'action':'restore'"), FIELD "restore_abs_path: is missing; 'restore' needs it"},
                {ACTION("'action':'restore','restore_abs_path':'/a'"),
                 FIELD "backup_name: is missing; 'restore' needs it"},
                {ACTION("'action':'restore','restore_abs_path':'/a','backup_name':'b'"),
                 FIELD "container: is missing; 'restore' needs it"},
                {ACTION("'action':'admin','container':'/c'"),
                 FIELD "backup_name: is missing; 'admin' needs it"},
                {ACTION("'action':'admin','backup_name':'b','container':'/c'"),
                 FIELD "remove_older_than: is missing; 'admin' needs it or " FIELD "remove_from_date"},
                {ACTION("'action':'admin','backup_name':'b','container':'/c','remove_older_than':0"),
                 FIELD "remove_older_than: is missing; 'admin' needs it or " FIELD "remove_from_date"},
                {ACTION("'action':'exec'"), FIELD "command: is missing; 'exec' needs it"},
                {WITH("'no_incremental':'true','max_level':3"),
                 FIELD "no_incremental: cannot go together with max_level; leave one out"},
                {WITH("'no_incremental':true,'always_level':3"),
                 FIELD "no_incremental: cannot go together with always_level; leave one out"},
                {WITH("'no_incremental':1,'restart_always_level':3"),
                 FIELD "no_incremental: cannot go together with restart_always_level; leave one out"},
                /* choices */
                {WITH("'storage':'swift'"),
                 FIELD "storage: 'swift' is not available in this version; allowed: local"},
                {WITH("'storage':'floppy'"), FIELD "storage: must be local, not 'floppy'"},
                {WITH("'mode':'mysql'"),
                 FIELD "mode: 'mysql' is not available in this version; allowed: fs"},
                {WITH("'mode':'file'"), FIELD "mode: must be fs, not 'file'"},
                {WITH("'engine_name':'rsync'"),
                 FIELD "engine_name: 'rsync' is not available in this version; allowed: tar"},
                {WITH("'engine_name':7"), FIELD "engine_name: must be tar, not 7"},
                {WITH("'compression':'xz'"),
                 FIELD "compression: 'xz' is not available in this version; allowed: gzip"},
                {WITH("'compression':'zip'"), FIELD "compression: must be gzip, not 'zip'"},
                {WITH("'dereference_symlink':'both'"),
                 FIELD "dereference_symlink: must be one of none, soft, hard, all, not 'both'"},
                {WITH("'encrypt_pass_file':'/etc/key'"),
                 FIELD "encrypt_pass_file: is not available in this version"},
                {WITH("'snapshot':true"), FIELD "snapshot: is not available in this version"},
                {WITH("'nova_inst_id':'1'"), FIELD "nova_inst_id: is not available in this version"},
                /* numbers */
                {WITH("'max_level':'two'"),
                 FIELD "max_level: must be a whole number from 0 to 9999, not 'two'"},
                {WITH("'max_level':-1"), FIELD "max_level: must be a whole number from 0 to 9999, not -1"},
                {WITH("'max_level':10000"),
                 FIELD "max_level: must be a whole number from 0 to 9999, not 10000"},
                {WITH("'max_level':2.5"), FIELD "max_level: must be a whole number from 0 to 9999, not 2.5"},
                {WITH("'max_level':'1e3'"),
                 FIELD "max_level: must be a whole number from 0 to 9999, not '1e3'"},
                {WITH("'max_level':' 3'"),
                 FIELD "max_level: must be a whole number from 0 to 9999, not ' 3'"},
                {WITH("'max_level':true"),
                 FIELD "max_level: must be a whole number from 0 to 9999, not true"},
                {WITH("'max-level':[1]"),
                 FIELD "max_level: must be a whole number from 0 to 9999, not a list"},
                {WITH("'restart_always_level':-0.5"), FIELD "restart_always_level: must be a number of days "
                                                            "from 0 to 36500 such as 7 or 0.5, not -0.5"},
                {WITH("'restart_always_level':'1e2'"),
                 FIELD "restart_always_level: must be a number of days from 0 to 36500 such as 7 or 0.5, "
                       "not '1e2'"},
                {WITH("'remove_older_than':'.'"), FIELD
                 "remove_older_than: must be a number of days from 0 to 36500 such as 7 or 0.5, not '.'"},
                {WITH("'remove_older_than':36500.5"), FIELD "remove_older_than: must be a number of days "
                                                            "from 0 to 36500 such as 7 or 0.5, not 36500.5"},
                {WITH("'max_segment_size':'32X'"),
                 FIELD "max_segment_size: must be a number of bytes from 1 to 1099511627776 such as 1048576 "
                       "or 32M, not '32X'"},
                {WITH("'max_segment_size':0"), FIELD "max_segment_size: must be a number of bytes from 1 to "
                                                     "1099511627776 such as 1048576 or 32M, not 0"},
                {WITH("'timeout':'soon'"),
                 FIELD "timeout: must be a whole number from 0 to 2147483647, not 'soon'"},
                /* dates */
                {WITH("'restore_from_date':'yesterday'"),
                 FIELD "restore_from_date: must be a date such as 2026-11-20T02:00:00, not 'yesterday'"},
                {WITH("'restore_from_date':'2026-02-30T00:00:00'"), FIELD
                 "restore_from_date: must be a date such as 2026-11-20T02:00:00, not '2026-02-30T00:00:00'"},
                {WITH("'remove_from_date':1795181738"),
                 FIELD "remove_from_date: must be a date such as 2026-11-20T02:00:00, not 1795181738"},
                /* truth */
                {WITH("'overwrite':'perhaps'"), FIELD "overwrite: must be true or false, not 'perhaps'"},
                {WITH("'dry_run':{}"), FIELD "dry_run: must be true or false, not an object"},
                {WITH("'no_incremental':[]"), FIELD "no_incremental: must be true or false, not a list"},
                /* names, paths, texts */
                {WITH("'path_to_backup':'home'"),
                 FIELD "path_to_backup: must be an absolute path, not 'home'"},
                {WITH("'path_to_backup':'~/x'"),
                 FIELD "path_to_backup: must be an absolute path, not '~/x'"},
                {WITH("'path_to_backup':5"),
                 FIELD "path_to_backup: must be a path of at most 4095 bytes, not 5"},
                {WITH("'path_to_backup':'/a\\u0000'"), FIELD "path_to_backup: contains a NUL character"},
                {WITH("'container':'backups'"), FIELD "container: must be an absolute path, not 'backups'"},
                {WITH("'container':'/a/../b'"),
                 FIELD "container: must be a path without '..', not '/a/../b'"},
                {WITH("'restore_abs_path':'/..'"),
                 FIELD "restore_abs_path: must be a path without '..', not '/..'"},
                {WITH("'restore_abs_path':false"),
                 FIELD "restore_abs_path: must be a path of at most 4095 bytes, not false"},
                {WITH("'metadata_out':'--'"), FIELD "metadata_out: must be an absolute path, not '--'"},
                {WITH("'log_file':'x.log'"), FIELD "log_file: must be an absolute path, not 'x.log'"},
                {WITH("'backup_name':'a/b'"), FIELD "backup_name: must be a name of at most 190 bytes "
                                                    "without '/' and control characters, not 'a/b'"},
                {WITH("'backup_name':'..'"), FIELD "backup_name: must be a name of at most 190 bytes "
                                                   "without '/' and control characters, not '..'"},
                {WITH("'backup_name':'a\\nb'"), FIELD "backup_name: must be a name of at most 190 bytes "
                                                      "without '/' and control characters, not 'a?b'"},
                {WITH("'backup_name':12"), FIELD "backup_name: must be a name of at most 190 bytes without "
                                                 "'/' and control characters, not 12"},
                {WITH("'hostname':'a/b'"), FIELD "hostname: must be a name of at most 64 bytes without '/' "
                                                 "and control characters, not 'a/b'"},
                {WITH("'hostname':'0123456789012345678901234567890123456789012345678901234567890123456789'"),
                 FIELD
                 "hostname: must be a name of at most 64 bytes without '/' and control characters, not "
                 "'0123456789012345678901234567890123456789012345678901234567890123456789'"},
                {WITH("'exclude':['*.o']"), FIELD "exclude: must be text of at most 4095 bytes, not a list"},
                {WITH("'command':7"), FIELD "command: must be text of at most 32767 bytes, not 7"},
                /* limits */
                {TOP("'systemd':{'MemoryMax':'lots'}"),
                 "systemd.MemoryMax: must be a size above 0 such as 512M, a percentage of the memory such "
                 "as 50%, or infinity, "
                 "not 'lots'"},
                {TOP("'systemd':{'MemoryMax':true}"),
                 "systemd.MemoryMax: must be a size above 0 such as 512M, a percentage of the memory such "
                 "as 50%, or infinity, "
                 "not true"},
                {TOP("'systemd':{'MemoryMax':-1}"),
                 "systemd.MemoryMax: must be a size above 0 such as 512M, a percentage of the memory such "
                 "as 50%, or infinity, "
                 "not -1"},
                {TOP("'systemd':{'CPUQuota':50}"),
                 "systemd.CPUQuota: must be a percentage of one CPU such as 150%, above 0%, not 50"},
                {TOP("'systemd':{'IOWeight':0}"),
                 "systemd.IOWeight: must be a whole number from 1 to 10000, not 0"},
                {TOP("'systemd':{'TasksMax':0}"), "systemd.TasksMax: must be a whole number above 0, a "
                                                  "percentage such as 10%, or infinity, not 0"},
                {TOP("'systemd':{'AllowedCPUs':'\\u0000'}"),
                 "systemd.AllowedCPUs: contains a NUL character"},
                {TOP("'systemd':{'IOReadBandwidthMax':['/srv 5M']}"),
                 "systemd.IOReadBandwidthMax: must be an absolute path and bytes per second such as '/srv "
                 "5M', not a list"},
                {TOP("'systemd':{'memoryMax':'1G'}"),
                 "systemd: 'memoryMax' is not known; did you mean MemoryMax?"},
                {TOP("'systemd':{'Memorymax':'1G'}"),
                 "systemd: 'Memorymax' is not known; did you mean MemoryMax?"},
                {TOP("'systemd':{'Persistant':true}"),
                 "systemd: 'Persistant' is not known; did you mean Persistent?"},
                {TOP("'systemd':{'ExecStart':'/bin/sh'}"),
                 "systemd: 'ExecStart' is not known; allowed: OnCalendar, RandomizedDelaySec, AccuracySec, "
                 "Persistent, "
                 "MemoryMax, MemoryHigh, MemoryLow, MemoryMin, MemorySwapMax, CPUQuota, CPUWeight, "
                 "IOWeight, TasksMax, "
                 "IOReadBandwidthMax, IOWriteBandwidthMax, IOReadIOPSMax, IOWriteIOPSMax, AllowedCPUs, "
                 "RuntimeMaxSec"},
                /* schedules: their words are tested with them */
                {TOP("'job_schedule':{'schedule_date':'tomorrow'}"), "job_schedule.schedule_date: *"},
                {TOP("'job_schedule':{'schedule_interval':'2 fortnights'}"),
                 "job_schedule.schedule_interval: *"},
                {TOP("'job_schedule':{'schedule_month':'13'}"), "job_schedule.schedule_month: *"},
                {TOP("'job_schedule':{'schedule_interval':'1 days','schedule_hour':'2'}"), "job_schedule*"},
                {TOP("'job_schedule':{'schedule_interval':'1 "
                     "days','schedule_start_date':'2026-11-20T02:00:00',"
                     "'schedule_end_date':'2026-11-19T02:00:00'}"),
                 "job_schedule.schedule_end_date: *"},
                {TOP("'systemd':{'OnCalendar':'sometimes'}"), "systemd.OnCalendar*"},
};

static void test_wrong(void **state) {
        assert_true(ELEMENTSOF(wrong) >= 80);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                _cleanup_(freep) char *expected = quoted(wrong[i][1]);
                size_t n = strcspn(expected, "*");
                Problem problem = {};
                Job *job = NULL;

                assert_int_equal(parse(wrong[i][0], &job, &problem), -EINVAL);
                assert_null(job);
                assert_int_equal(problem.error, -EINVAL);
                if (expected[n] && !expected[n + 1])
                        assert_memory_equal(problem.text, expected, n);
                else
                        assert_string_equal(problem.text, expected);
        }
}

/* The document of a Freezer API after a run, with everything it adds. */
static const char api[] =
                "{'job_id':'41b6fc6c','project_id':'p','user_id':'u','client_id':'node1','session_id':'','"
                "session_tag':0,"
                "'description':'one "
                "shot\\nbackup','job_schedule':{'time_created':1795183831,'time_started':1795183834,"
                "'time_ended':-1,'event':'','status':'completed','result':'success','current_pid':3683},"
                "'job_actions':[{'action_id':'a','user_id':'u','project_id':'p','max_retries':1,'max_"
                "retries_interval':2,"
                "'mandatory':true,'note':null,'freezer_action':{'action':'backup','mode':'fs','backup_name':"
                "'etcb',"
                "'container':'/var/backups','path_to_backup':'/srv/"
                "data','storage':'local','engine_name':'tar',"
                "'no_incremental':true,'sync':false,'max_priority':'','timeout':null,'log_file':null,'"
                "snapshot':'',"
                "'encrypt_pass_file':null,'ratio':1.50,'big':1e3,'url':'http://x/'}}],'extra':{'a':[{}]}}";

static void test_kept(void **state) {
        _cleanup_(job_freep) Job *job = NULL;
        _cleanup_(freep) char *expected = quoted(api);
        Problem problem = {};
        Action *a;

        assert_int_equal(parse(api, &job, &problem), 0);
        assert_string_equal(job_document(job), expected);
        assert_string_equal(job->id, "41b6fc6c");
        assert_string_equal(job->client_id, "node1");
        assert_string_equal(job->description, "one shot?backup");
        assert_false(job->stopped);
        assert_int_equal(schedule_kind(job->schedule), SCHEDULE_NONE);
        assert_int_equal(job->n_actions, 1);
        assert_int_equal(job->limits.n, 0);
        a = job->actions[0];
        assert_int_equal(a->max_retries, 1);
        assert_int_equal(a->max_retries_interval, 2);
        assert_true(a->mandatory);
        assert_true(a->no_incremental);
        assert_int_equal(a->timeout, 120);
        assert_string_equal(a->container, "/var/backups");
}

static void test_design(void **state) {
        static const char text[] =
                        "{'job_id':'','description':'home of ada','job_schedule':{'schedule_interval':'24 "
                        "hours',"
                        "'schedule_start_date':'2026-11-20T02:00:00','status':'stop'},'job_actions':[{'max_"
                        "retries':2,"
                        "'max_retries_interval':'90','mandatory':'false','freezer_action':{'action':'backup'"
                        ",'mode':'fs',"
                        "'path_to_backup':'/home/ada','backup_name':'home','storage':'local',"
                        "'container':'/var/backups/freezer','max_level':'6','restart_always_level':0.5}}],"
                        "'systemd':{'MemoryMax':'512M','CPUQuota':'50%','IOWeight':50,'RandomizedDelaySec':'"
                        "30min',"
                        "'Persistent':true,'TasksMax':null}}";
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        assert_int_equal(parse(text, &job, &problem), 0);
        assert_null(job->id);
        assert_null(job->client_id);
        assert_true(job->stopped);
        assert_int_equal(schedule_kind(job->schedule), SCHEDULE_INTERVAL);
        assert_int_equal(job->limits.n, 3);
        assert_string_equal(job->limits.limits[1].bus_name, "CPUQuotaPerSecUSec");
        assert_int_equal(job->actions[0]->max_level, 6);
        assert_true(job->actions[0]->restart_always_level > 0.49 &&
                    job->actions[0]->restart_always_level < 0.51);
        assert_int_equal(job->actions[0]->max_retries_interval, 90);
        assert_false(job->actions[0]->mandatory);
}

static void test_event_stop(void **state) {
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        assert_int_equal(parse(TOP("'job_schedule':{'event':'stop'}"), &job, &problem), 0);
        assert_true(job->stopped);
        assert_string_equal(job->description, "backup of /a as b");
}

static void test_id(void **state) {
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        assert_int_equal(parse(TOP("'x':1"), &job, &problem), 0);
        assert_null(job->id);
        assert_int_equal(job_set_id(job, "no/id"), -EINVAL);
        assert_int_equal(job_set_id(job, "first"), 0);
        assert_int_equal(job_set_id(job, "second"), 0);
        assert_string_equal(job->id, "second");
        assert_non_null(strstr(job_document(job), "\"job_id\":\"second\""));
        assert_null(strstr(job_document(job), "first"));
        assert_false(job_id_valid(""));
        assert_false(job_id_valid("a.b"));
        assert_false(job_id_valid("é"));
        assert_true(job_id_valid("A-z_09"));
}

static void test_bounds(void **state) {
        static const char begin[] = "{\"job_actions\":[";
        _cleanup_(freep) char *large = malloc(JOB_DOCUMENT_MAX + 2), *many = NULL;
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};
        FILE *f;
        size_t n;

        assert_non_null(large);
        memset(large, ' ', JOB_DOCUMENT_MAX + 1);
        assert_int_equal(job_parse(large, JOB_DOCUMENT_MAX + 1, &job, &problem), -EFBIG);
        assert_string_equal(problem.text, "the document has 1048577 bytes; at most 1048576 are allowed");
        f = open_memstream(&many, &n);
        assert_non_null(f);
        (void) fputs(begin, f);
        for (int i = 0; i < JOB_ACTIONS_MAX + 1; i++)
                (void) fprintf(f, "%s{}", i ? "," : "");
        (void) fputs("]}", f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(job_parse(many, n, &job, &problem), -EINVAL);
        assert_string_equal(problem.text, "job_actions: has 101 members; at most 100 are allowed");
        memcpy(many + n - 5, "]}", 3);
        assert_int_equal(job_parse(many, strlen(many), &job, &problem), -EINVAL);
        assert_string_equal(problem.text, "job_actions[0].freezer_action: is missing; it says what to do");
        /* the largest document there may be, kept whole */
        n = strlen(strcpy(large, "{\"job_id\":\"i\",\"job_actions\":[{\"freezer_action\":{\"action\":\"info\"}}],\"x\":\""));
        memset(large + n, 'x', JOB_DOCUMENT_MAX - n);
        memcpy(large + JOB_DOCUMENT_MAX - 2, "\"}", 2);
        large[JOB_DOCUMENT_MAX] = 0;
        assert_int_equal(job_parse(large, JOB_DOCUMENT_MAX, &job, &problem), 0);
        assert_string_equal(job_document(job), large);
        /* without an id one has to fit in */
        job = job_free(job);
        memcpy(large, "{\"JOB_ID\"", 9);
        assert_int_equal(job_parse(large, JOB_DOCUMENT_MAX, &job, &problem), -EFBIG);
        assert_string_equal(problem.text,
                            "the document has 1048576 bytes and no job_id; with one it would have more than 1048576");
        strcpy(large + JOB_DOCUMENT_MAX - 2 - 76, "\"}");
        assert_int_equal(job_parse(large, strlen(large), &job, &problem), 0);
        assert_int_equal(job_set_id(job, "0123456789012345678901234567890123456789012345678901234567890123"), 0);
        assert_int_equal(strlen(job_document(job)), JOB_DOCUMENT_MAX);
}

/* The name for people is one line of bounded length, whatever the first action is about. */
static void test_description(void **state) {
        _cleanup_(freep) char *path = malloc(4000), *document = NULL;
        _cleanup_(job_freep) Job *job = NULL;
        Problem problem = {};

        assert_non_null(path);
        memset(path, 'x', 3999);
        path[3999] = 0;
        document = text_format("{'job_actions':[{'freezer_action':{'action':'backup','path_to_backup':'/%s',"
                               "'backup_name':'b','container':'/c'}}]}", path);
        assert_int_equal(parse(document, &job, &problem), 0);
        assert_int_equal(strlen(job->description), 1000);
        job = job_free(job);
        free(document);
        path[1001] = 0;
        document = text_format(TOP("'description':'%s'"), path);
        assert_int_equal(parse(document, &job, &problem), -EINVAL);
        assert_string_equal(problem.text, "description: has 1001 bytes; at most 1000 are allowed");
        free(document);
        path[1000] = 0;
        document = text_format(TOP("'description':'%s'"), path);
        assert_int_equal(parse(document, &job, &problem), 0);
        assert_string_equal(job->description, path);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                        cmocka_unit_test(test_wrong),  cmocka_unit_test(test_kept),
                        cmocka_unit_test(test_design), cmocka_unit_test(test_event_stop),
                        cmocka_unit_test(test_id), cmocka_unit_test(test_description),     cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
