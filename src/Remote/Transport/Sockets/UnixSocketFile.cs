using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>The characters of the name under which a socket is bound at first, and how many of them make it a name of nobody else.</summary>
    private const string NameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int NameLength = 9;
    private const int MaxNames = 100;

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

    /// <summary>
    /// Whether every user of this machine may put files beside the socket. While the node is down anybody can listen in its place then, and
    /// its peers would not know.
    /// </summary>
    public static bool IsOpenToAll(string path) =>
        !OperatingSystem.IsWindows() && File.GetUnixFileMode(Path.GetDirectoryName(Path.GetFullPath(path))!).HasFlag(UnixFileMode.OtherWrite);

    /// <summary>Takes the lock beside the socket; the kernel gives it back when the process dies.</summary>
    /// <exception cref="AddressInUseException">Another process, or another listener of this one, has it.</exception>
    /// <exception cref="IOException">No socket can be there.</exception>
    public static UnixSocketFile Claim(UnixDomainSocketEndPoint endPoint)
    {
        if (UnixPath.FaultOf(endPoint.ToString()) is { } fault)
        {
            throw new IOException($"unix://{UnixPath.Show(endPoint.ToString())} cannot be listened on: it {fault}.");
        }

        string path = Path.GetFullPath(endPoint.ToString());
        try
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            return new UnixSocketFile(endPoint, path, Lock(path + ".lock"));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"unix://{path} cannot be listened on: {exception.Message} Whose directory is it?", exception);
        }
        catch (IOException exception) when (exception is not DirectoryNotFoundException)
        {
            throw new AddressInUseException($"unix://{path} is in use: its lock cannot be had. {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Binds under another name, makes the socket private, listens, and only then moves it to its place: nobody sees a socket
    /// that is open to others or does not answer yet, and a stale one is replaced in one step.
    /// </summary>
    public Socket Listen(int backlog)
    {
        ThrowIfAlive();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            string temporary = BindBeside(socket);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, Private);
            }

            socket.Listen(backlog);
            _created = File.GetLastWriteTimeUtc(temporary);
            File.Move(temporary, _path, overwrite: true);
            return socket;
        }
        catch (UnauthorizedAccessException exception)
        {
            socket.Dispose();
            throw new IOException($"unix://{_path} cannot be listened on: {exception.Message}", exception);
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

    private static void MakeDirectory(string directory)
    {
        if (!OperatingSystem.IsWindows() && !Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
        }
    }

    private static FileStream Lock(string path)
    {
        var claim = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            claim.UnixCreateMode = Private;
        }

        return new FileStream(path, claim);
    }

    /// <summary>
    /// Binds under a name of chance, which nobody else has: other listeners of this process, and processes of other containers with the same
    /// number, may be at it in the same directory. It is no longer than the path allows.
    /// </summary>
    private string BindBeside(Socket socket)
    {
        string directory = Path.GetDirectoryName(_path)!;
        int room = UnixPath.MaxBytes - Encoding.UTF8.GetByteCount(directory) - (Path.EndsInDirectorySeparator(directory) ? 0 : 1);
        for (var names = 1; ; names++)
        {
            string name = RandomNumberGenerator.GetString(NameCharacters, Math.Min(room, NameLength));
            string temporary = Path.Combine(directory, room > NameLength ? "." + name : name);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint(temporary));
                return temporary;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse && names < MaxNames)
            {
                // Something has that name: another one.
            }
        }
    }

    private void ThrowIfAlive()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        // Not blocking: somebody with a full backlog, who does not accept, would be waited for.
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
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
