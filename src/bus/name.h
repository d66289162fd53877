/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of the bus interface: dbus/org.openstack.Freezer1.xml, org.openstack.Freezer1(5). */
#define BUS_NAME "org.openstack.Freezer1"
#define BUS_PATH "/org/openstack/Freezer1"
#define BUS_JOB_PREFIX BUS_PATH "/job" /* sd_bus_path_encode(BUS_JOB_PREFIX, id) */
#define BUS_RUN_PREFIX BUS_PATH "/run"
#define BUS_MANAGER_INTERFACE BUS_NAME ".Manager"
#define BUS_JOB_INTERFACE BUS_NAME ".Job"
#define BUS_RUN_INTERFACE BUS_NAME ".Run"

/* Errors. The text says what is wrong and what to do. */
#define BUS_ERROR_PREFIX BUS_NAME ".Error."
#define BUS_ERROR_NO_SUCH_JOB BUS_ERROR_PREFIX "NoSuchJob" /* also: one the caller may not see */
#define BUS_ERROR_NO_SUCH_RUN BUS_ERROR_PREFIX "NoSuchRun"
#define BUS_ERROR_NO_SUCH_BACKUP BUS_ERROR_PREFIX "NoSuchBackup"
#define BUS_ERROR_JOB_EXISTS BUS_ERROR_PREFIX "JobExists"
#define BUS_ERROR_BAD_DOCUMENT BUS_ERROR_PREFIX "BadDocument"
#define BUS_ERROR_BAD_OPTION BUS_ERROR_PREFIX "BadOption" /* unknown key or wrong value in an a{sv} */
#define BUS_ERROR_READ_ONLY BUS_ERROR_PREFIX "ReadOnly"   /* a job of origin file */
#define BUS_ERROR_NOT_RUNNING BUS_ERROR_PREFIX "NotRunning"
#define BUS_ERROR_NOT_SUPPORTED BUS_ERROR_PREFIX "NotSupported"
#define BUS_ERROR_ACCESS_DENIED BUS_ERROR_PREFIX "AccessDenied"
#define BUS_ERROR_LIMIT_EXCEEDED BUS_ERROR_PREFIX "LimitExceeded"
#define BUS_ERROR_FAILED BUS_ERROR_PREFIX "Failed"

/* polkit actions: polkit/org.openstack.freezer1.policy. */
#define POLKIT_VIEW_OWN "org.openstack.freezer1.view-own"
#define POLKIT_VIEW_ALL "org.openstack.freezer1.view-all"
#define POLKIT_MANAGE_OWN_JOBS "org.openstack.freezer1.manage-own-jobs"
#define POLKIT_MANAGE_JOBS "org.openstack.freezer1.manage-jobs"
#define POLKIT_RUN_OWN_JOB "org.openstack.freezer1.run-own-job"
#define POLKIT_RUN_JOB "org.openstack.freezer1.run-job"
#define POLKIT_CANCEL_RUN "org.openstack.freezer1.cancel-run"
#define POLKIT_RESTORE_OWN "org.openstack.freezer1.restore-own"
#define POLKIT_RESTORE "org.openstack.freezer1.restore"
#define POLKIT_RESTORE_IN_PLACE "org.openstack.freezer1.restore-in-place"
#define POLKIT_RELOAD "org.openstack.freezer1.reload"
