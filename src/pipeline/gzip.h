/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stream.h"

/* gzip for compress.c; the contract is in pipeline.h. */
Sink *gzip_sink(Sink *next);
Source *gzip_source(Source *from);
