using System.Text;

namespace Remote;

/// <summary>Judges the path of a Unix-domain socket, of our own and of peers.</summary>
internal static class UnixPath
{
    /// <summary><c>sun_path</c> has 108 bytes on Linux, and the last one is the zero at the end.</summary>
    public const int MaxBytes = 107;

    /// <summary>
    /// What is wrong with the path, as the rest of a sentence that begins with "it"; <see langword="null"/> when a socket can be there.
    /// </summary>
    public static string? FaultOf(string path) =>
        path.Length == 0 ? "is empty"
        : path[0] is '\0' or '@' ? "names an abstract socket, which has no owner and no mode: whoever is on this machine may connect, or take the name first; "
            + "use a path in a directory of your own"
        : !Path.IsPathRooted(path) ? "is no absolute path"
        : path.Contains('\0') ? "has a zero byte, where the path would end for the kernel"
        : path.Any(char.IsControl) ? "has a control character, and would make entries of its own in a log"
        : Path.EndsInDirectorySeparator(path) ? "is a directory"
        : Encoding.UTF8.GetByteCount(path) is > MaxBytes and var bytes
            ? $"has {bytes} bytes, and the path of a Unix socket has room for {MaxBytes}; use a shorter one"
        : null;

    /// <summary>The path as it may be printed: zero bytes, which no terminal shows, as the "@" that stands for them elsewhere.</summary>
    public static string Show(string path) => path.Replace('\0', '@');
}
