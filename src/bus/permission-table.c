/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/name.h"
#include "bus/permission.h"

#define MANAGER(member, own, other) { BUS_MANAGER_INTERFACE, member, own, other }
#define JOB(member, own, other) { BUS_JOB_INTERFACE, member, own, other }
#define RUN(member, own, other) { BUS_RUN_INTERFACE, member, own, other }

const Permission permissions[] = {
        MANAGER("CreateJob", POLKIT_MANAGE_OWN_JOBS, POLKIT_MANAGE_JOBS),
        MANAGER("GetJob", POLKIT_VIEW_OWN, POLKIT_VIEW_ALL),
        MANAGER("ListJobs", POLKIT_VIEW_OWN, POLKIT_VIEW_ALL),
        MANAGER("StartJob", POLKIT_RUN_OWN_JOB, POLKIT_RUN_JOB),
        MANAGER("RunDocument", POLKIT_RUN_OWN_JOB, POLKIT_RUN_JOB),
        MANAGER("DeleteJob", POLKIT_MANAGE_OWN_JOBS, POLKIT_MANAGE_JOBS),
        MANAGER("GetRun", POLKIT_VIEW_OWN, POLKIT_VIEW_ALL),
        MANAGER("ListRuns", POLKIT_VIEW_OWN, POLKIT_VIEW_ALL),
        MANAGER("ListBackups", POLKIT_VIEW_OWN, POLKIT_VIEW_ALL),
        MANAGER("Restore", POLKIT_RESTORE_OWN, POLKIT_RESTORE),
        MANAGER("Reload", POLKIT_RELOAD, NULL),

        JOB("Start", POLKIT_RUN_OWN_JOB, POLKIT_RUN_JOB),
        JOB("Stop", POLKIT_MANAGE_OWN_JOBS, POLKIT_MANAGE_JOBS),
        JOB("Abort", POLKIT_RUN_OWN_JOB, POLKIT_CANCEL_RUN),
        JOB("Update", POLKIT_MANAGE_OWN_JOBS, POLKIT_MANAGE_JOBS),
        JOB("Delete", POLKIT_MANAGE_OWN_JOBS, POLKIT_MANAGE_JOBS),

        RUN("Abort", POLKIT_RUN_OWN_JOB, POLKIT_CANCEL_RUN),
        RUN("Pause", POLKIT_RUN_OWN_JOB, POLKIT_CANCEL_RUN),
        RUN("Resume", POLKIT_RUN_OWN_JOB, POLKIT_CANCEL_RUN),
        RUN("SetLimits", POLKIT_RUN_OWN_JOB, POLKIT_CANCEL_RUN),
        {},
};
