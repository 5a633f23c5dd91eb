#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The descriptors 0, 1 and 2 that a process starts with.
public enum StandardDescriptors {
    /// Makes the standard streams safe to use; to be called before anything else opens a file.
    ///
    /// A descriptor that is closed would be given to the next file that is opened, and what is meant for the
    /// log would land in it. Such descriptors are opened on `/dev/null`: standard input is empty, standard error
    /// takes everything, and standard output, which must not lose results in silence, takes nothing.
    /// Writing to a pipe whose reader has gone becomes an error in place of a signal.
    public static func prepare() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free descriptor is taken, and those below are open by now.
            let mode = descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY
            // Where there is no /dev, the root folder can be opened at least, though not written to.
            if open("/dev/null", mode) < 0 { _ = open("/", O_RDONLY | O_DIRECTORY) }
        }
        signal(SIGPIPE, SIG_IGN)
        // Swift's runtime would print a backtrace and go on.
        signal(SIGQUIT, SIG_DFL)
    }
}
