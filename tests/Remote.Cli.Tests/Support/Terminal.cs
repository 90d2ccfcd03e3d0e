using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Remote.Cli.Tests;

/// <summary>
/// A pseudo-terminal of Linux with a program in it. The program is started by <c>setsid</c> of util-linux, which also makes the terminal the one that it
/// is controlled by: keys like Ctrl-C, and changes of the size, become signals.
/// </summary>
internal sealed class Terminal : IAsyncDisposable
{
    private const int ReadWrite = 2, NoControl = 0x100;
    private const nuint SetSize = 0x5414, GetModes = 0x5401;
    private const int ModeBytes = 60;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly FileStream _master;
    private readonly SafeFileHandle _own;
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Lock _gate = new();
    private readonly StringBuilder _said = new();
    private readonly byte[] _before;
    private TaskCompletionSource _more = NewSignal();

    private Terminal(int master, string name, Process process, byte[] before)
    {
        _master = new FileStream(new SafeFileHandle(master, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);

        // Open here as well: a terminal that nobody has open hangs up, and its modes are gone with it.
        _own = File.OpenHandle(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        (_process, _before) = (process, before);
        _reading = Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning);
    }

    /// <summary>Starts the tool in a window of a size.</summary>
    public static Terminal Start(int columns, int rows, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var master = Checked(Native.posix_openpt(ReadWrite | NoControl), "posix_openpt");
        Checked(Native.grantpt(master), "grantpt");
        Checked(Native.unlockpt(master), "unlockpt");
        var name = Marshal.PtrToStringUTF8(Native.ptsname(master))!;
        Resize(master, columns, rows);
        var tool = Path.Combine(AppContext.BaseDirectory, "Remote.Cli.dll");

        // The shell opens the terminal, and setsid makes the one of its standard input that of the new session.
        var line = $"exec setsid --ctty --wait \"$@\" <{name} >{name} 2>{name}";
        var start = new ProcessStartInfo("/bin/sh", ["-c", line, "sh", "dotnet", tool, .. arguments]);
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        start.Environment.Remove("COLUMNS");
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var before = ModesOf(master);
        return new Terminal(master, name, Process.Start(start)!, before);
    }

    /// <summary>Everything that was written so far.</summary>
    public string Said
    {
        get
        {
            lock (_gate)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Whether its modes are those of the beginning: lines, echo, signals.</summary>
    public bool IsRestored => ModesOf((int)_master.SafeFileHandle.DangerousGetHandle()).AsSpan().SequenceEqual(_before);

    public void Press(string keys)
    {
        _master.Write(Encoding.ASCII.GetBytes(keys));
        _master.Flush();
    }

    public void Resize(int columns, int rows) => Resize((int)_master.SafeFileHandle.DangerousGetHandle(), columns, rows);

    /// <summary>The next frame that is complete and as wanted, without control sequences, line by line; only frames that begin from now on count.</summary>
    public async Task<string[]> FrameAsync(string what, Predicate<string[]> wanted)
    {
        int begin;
        lock (_gate)
        {
            begin = _said.Length;
        }

        return await FrameAsync(what, begin, wanted);
    }

    /// <summary>The same from the very beginning.</summary>
    public Task<string[]> FirstFrameAsync(string what, Predicate<string[]> wanted) => FrameAsync(what, 0, wanted);

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Ceiling);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().WaitAsync(Ceiling);
        _process.Dispose();
        _own.Dispose();
        await _reading.WaitAsync(Ceiling);
        await _master.DisposeAsync();
    }

    private async Task<string[]> FrameAsync(string what, int begin, Predicate<string[]> wanted)
    {
        using var ceiling = new CancellationTokenSource(Ceiling);
        while (true)
        {
            Task more;
            string text;
            lock (_gate)
            {
                more = _more.Task;
                text = _said.ToString(begin, _said.Length - begin);
            }

            foreach (var frame in text.Split("\u001b[H")[1..])
            {
                // Each ends by erasing what is below it.
                if (frame.IndexOf("\u001b[J", StringComparison.Ordinal) is > 0 and var end && Lines(frame[..end]) is var lines && wanted(lines))
                {
                    return lines;
                }
            }

            try
            {
                await more.WaitAsync(ceiling.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No frame with {what} within {Ceiling}. The last of what was written:\n{text[^Math.Min(4000, text.Length)..].Replace("\u001b", "<ESC>")}");
            }
        }
    }

    private static string[] Lines(string frame) =>
        [.. System.Text.RegularExpressions.Regex.Replace(frame, "\u001b\\[[0-9;?]*[A-Za-z]", "").Split("\r\n").Select(static line => line.TrimEnd())];

    private void Read()
    {
        var buffer = new byte[16 * 1024];
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[buffer.Length];
        try
        {
            while (_master.Read(buffer) is > 0 and var read)
            {
                var count = decoder.GetChars(buffer, 0, read, characters, 0);
                TaskCompletionSource signal;
                lock (_gate)
                {
                    _said.Append(characters, 0, count);
                    (signal, _more) = (_more, NewSignal());
                }

                signal.SetResult();
            }
        }
        catch (IOException)
        {
            // EIO: nobody has the terminal open any more.
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Resize(int master, int columns, int rows)
    {
        var size = new Native.WindowSize { Rows = (ushort)rows, Columns = (ushort)columns };
        Checked(Native.ioctl(master, SetSize, ref size), "TIOCSWINSZ");
    }

    private static byte[] ModesOf(int master)
    {
        var modes = new byte[ModeBytes];
        Checked(Native.ioctl(master, GetModes, modes), "TCGETS");
        return modes;
    }

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw new InvalidOperationException($"{call} failed: errno {Marshal.GetLastPInvokeError()}.");

    private static class Native
    {
        [StructLayout(LayoutKind.Sequential)]
        public struct WindowSize
        {
            public ushort Rows;
            public ushort Columns;
            public ushort Width;
            public ushort Height;
        }

        [DllImport("libc", SetLastError = true)]
        public static extern int posix_openpt(int flags);

        [DllImport("libc", SetLastError = true)]
        public static extern int grantpt(int master);

        [DllImport("libc", SetLastError = true)]
        public static extern int unlockpt(int master);

        [DllImport("libc", SetLastError = true)]
        public static extern nint ptsname(int master);

        [DllImport("libc", SetLastError = true)]
        public static extern int ioctl(int file, nuint request, ref WindowSize size);

        [DllImport("libc", SetLastError = true)]
        public static extern int ioctl(int file, nuint request, [Out] byte[] modes);
    }
}
