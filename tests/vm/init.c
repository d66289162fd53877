/* SPDX-License-Identifier: Apache-2.0 */
/* The whole initrd of the test machine: loads what the root disk needs, mounts it, and becomes its init. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const modules[] = {
        "/virtio_ring.ko", "/virtio.ko", "/virtio_pci_legacy_dev.ko", "/virtio_pci_modern_dev.ko",
        "/virtio_pci.ko",  "/virtio_blk.ko",
};

static void load(const char *path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
                perror(path);
        if (fd >= 0)
                close(fd);
}

static int mount_root(void) {
        for (int i = 0; i < 1000; i++) { /* the disk shows up a moment after its driver */
                if (mount("/dev/vda", "/root", "ext4", 0, "") == 0)
                        return 0;
                usleep(10000);
        }
        return -1;
}

int main(void) {
        mkdir("/dev", 0755);
        mkdir("/root", 0755);
        if (mount("devtmpfs", "/dev", "devtmpfs", 0, "") == 0) {
                int console = open("/dev/console", O_RDWR);

                for (int fd = 0; fd < 3; fd++)
                        dup2(console, fd);
        }
        for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
                load(modules[i]);
        if (mount_root() < 0 || mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) < 0 || chdir("/root") < 0 ||
            mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
                perror("root");
        execl("/sbin/init", "/sbin/init", (char *) NULL);
        perror("/sbin/init");
        return 1;
}
