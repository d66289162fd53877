/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/calendar.h"

/* Freezer's cron fields, as APScheduler 3 reads them (its CronTrigger), turned into a Calendar. */
typedef enum CronField {
        CRON_YEAR,
        CRON_MONTH,
        CRON_DAY,
        CRON_WEEK,
        CRON_DAY_OF_WEEK,
        CRON_HOUR,
        CRON_MINUTE,
        CRON_SECOND,
        CRON_FIELDS,
} CronField;

/* "schedule_day_of_week" */
const char *cron_field_name(CronField field);

/* TEXTS: one per field, NULL when not given; at least one is. Fields above the least significant given one are *,
 * those below it their minimum (week and day_of_week: *). -EINVAL with PROBLEM naming field and range. */
int cron_parse(const char *const texts[static CRON_FIELDS], Calendar *ret, Problem *problem);
