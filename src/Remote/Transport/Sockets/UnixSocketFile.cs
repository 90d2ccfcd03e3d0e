using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Win32.SafeHandles;

namespace Remote;

/// <summary>
/// The file of a listening Unix-domain socket: private, claimed by one process at a time, recovered after a crash, removed
/// at the end unless somebody else put theirs in its place.
/// </summary>
internal sealed class UnixSocketFile : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly FileStream _lock;
    private DateTime _created;

    private UnixSocketFile(UnixDomainSocketEndPoint endPoint, string path, FileStream claim)
    {
        EndPoint = endPoint;
        _path = path;
        _lock = claim;
    }

    public UnixDomainSocketEndPoint EndPoint { get; }

    /// <summary>Takes the lock beside the socket; the kernel gives it back when the process dies.</summary>
    /// <exception cref="AddressInUseException">Another process, or another listener of this one, has it.</exception>
    public static UnixSocketFile Claim(UnixDomainSocketEndPoint endPoint)
    {
        string path = Path.GetFullPath(endPoint.ToString());
        string directory = Path.GetDirectoryName(path)!;
        if (!OperatingSystem.IsWindows() && !Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
        }

        var claim = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            claim.UnixCreateMode = Private;
        }

        try
        {
            return new UnixSocketFile(endPoint, path, new FileStream(path + ".lock", claim));
        }
        catch (IOException exception) when (exception is not DirectoryNotFoundException)
        {
            throw new AddressInUseException($"unix://{path} is in use: its lock is held.", exception);
        }
    }

    /// <summary>
    /// Binds under another name, makes the socket private, listens, and only then moves it to its place: nobody sees a socket
    /// that is open to others or does not answer yet, and a stale one is replaced in one step.
    /// </summary>
    public Socket Listen(int backlog)
    {
        ThrowIfAlive();
        string temporary = Path.Combine(Path.GetDirectoryName(_path)!, ".r" + Environment.ProcessId.ToString("x", System.Globalization.CultureInfo.InvariantCulture));
        File.Delete(temporary);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(temporary));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, Private);
            }

            socket.Listen(backlog);
            _created = File.GetLastWriteTimeUtc(temporary);
            File.Move(temporary, _path, overwrite: true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_created != default && File.Exists(_path) && File.GetLastWriteTimeUtc(_path) == _created)
        {
            File.Delete(_path);
        }

        // The lock file stays: removing it would let two later starts hold locks on two different files.
        _lock.Dispose();
    }

    private void ThrowIfAlive()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(EndPoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && IsSocket())
        {
            return;
        }
        catch (SocketException exception)
        {
            throw new IOException($"unix://{_path} cannot be listened on: something else is there ({exception.SocketErrorCode}).", exception);
        }

        throw new AddressInUseException($"unix://{_path} is in use: somebody answers there.");
    }

    /// <summary>
    /// Connecting to an ordinary file is refused, too; only a socket may be replaced, and a socket is what cannot be opened.
    /// For reading and writing, because opening a named pipe in one direction only would wait for the other end.
    /// </summary>
    private bool IsSocket()
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException exception)
        {
            return exception.GetType() == typeof(IOException);
        }
    }
}
