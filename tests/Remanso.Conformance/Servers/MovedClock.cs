using System.Diagnostics;

namespace Remanso.Conformance.Servers;

/// <summary>A library that is put before a server's own, and moves its clock by what a file says, or sets it to that.</summary>
/// <remarks>It goes to the kernel itself, so it also serves programs whose allocator asks for the time before anything
/// else (as that of Redis does).</remarks>
internal static class MovedClock
{
    private const string Source = """
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static int known, file = -1;
        static const volatile long long *exact;

        static void know(void) {
            if (known) return;
            known = 1;
            const char *name = getenv("MOVED_CLOCK");
            if (name) file = open(name, O_RDONLY | O_CLOEXEC);
            name = getenv("EXACT_CLOCK");
            int shared = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
            if (shared >= 0) {
                void *there = mmap(0, sizeof *exact, PROT_READ, MAP_SHARED, shared, 0);
                if (there != MAP_FAILED) exact = there;
            }
        }

        /* Seconds, as text. */
        static long moved(void) {
            char text[32];
            ssize_t length = file < 0 ? 0 : pread(file, text, sizeof text - 1, 0);
            if (length <= 0) return 0;
            text[length] = 0;
            return atol(text);
        }

        int clock_gettime(clockid_t clock, struct timespec *now) {
            int result = (int)syscall(SYS_clock_gettime, clock, now);
            if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return result;
            know();
            if (exact) {
                long long micros = *exact;
                now->tv_sec = micros / 1000000;
                now->tv_nsec = micros % 1000000 * 1000;
            } else {
                now->tv_sec += moved();
            }
            return result;
        }

        int gettimeofday(struct timeval *now, void *zone) {
            struct timespec time;
            clock_gettime(CLOCK_REALTIME, &time);
            now->tv_sec = time.tv_sec;
            now->tv_usec = time.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *now) {
            struct timespec time;
            clock_gettime(CLOCK_REALTIME, &time);
            if (now) *now = time.tv_sec;
            return time.tv_sec;
        }
        """;

    private static readonly Lazy<string> _library = new(Compile);

    /// <summary>Lets a process have its clock moved by a file.</summary>
    /// <exception cref="InvalidOperationException">There is no C compiler.</exception>
    public static void Give(ProcessStartInfo start, string file)
    {
        start.Environment["LD_PRELOAD"] = _library.Value;
        start.Environment["MOVED_CLOCK"] = file;
    }

    /// <summary>Lets a process have its clock set by a file: it stands still in between.</summary>
    /// <exception cref="InvalidOperationException">There is no C compiler.</exception>
    public static void GiveExact(ProcessStartInfo start, string file)
    {
        start.Environment["LD_PRELOAD"] = _library.Value;
        start.Environment["EXACT_CLOCK"] = file;
    }

    /// <summary>Moves it, to so far from the true time. The file is always of the same length: it is never seen half written.</summary>
    public static void Move(string file, TimeSpan by)
    {
        using var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        stream.Write(
            System.Text.Encoding.ASCII.GetBytes(
                ((long)by.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(12)
            )
        );
    }

    private static string Compile()
    {
        var directory = Directory.CreateTempSubdirectory("remanso-clock-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        var source = Path.Combine(directory, "clock.c");
        var library = Path.Combine(directory, "clock.so");
        File.WriteAllText(source, Source);
        try
        {
            using var compiler = Process.Start(
                new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O1", "-o", library, source])
                {
                    RedirectStandardError = true,
                    UseShellExecute = false,
                }
            )!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0
                ? library
                : throw new InvalidOperationException($"The library that moves a clock was not compiled: {errors}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException("These tests need a C compiler, cc, on the PATH: apt-get install gcc libc6-dev", error);
        }
    }
}
