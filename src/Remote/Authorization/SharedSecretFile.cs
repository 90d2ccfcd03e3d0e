using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// The secret that nodes share, as their files have it. Read again whenever it is needed, which is once for each connection: a file that is replaced counts
/// from the next one on, also where it is a link to somewhere else. While it cannot be read, what was read last counts. Thread-safe.
/// </summary>
internal sealed class SharedSecretFile(string path, ILogger log)
{
    /// <summary>The metadata that carries it.</summary>
    public const string Header = "remote-shared-secret";

    // Shorter ones can be guessed; longer ones do not fit into the headers that servers take.
    private const int MinLength = 16;
    private const int MaxLength = 1_024;
    private const int MaxFileBytes = 64 * 1024;

    /// <summary>Absolute, for messages.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    private volatile Secrets? _last;
    private volatile string? _fault;

    /// <summary>The secret to send; <see langword="null"/> while none could ever be read.</summary>
    public string? ToSend => Current?.First;

    private Secrets? Current
    {
        get
        {
            var (secrets, fault) = Read(path);
            if (secrets is not null)
            {
                Replace(secrets);
            }
            else if (_fault != fault)
            {
                RemoteLog.SecretNotRead(log, Path, fault!);
            }

            _fault = fault;
            return _last;
        }
    }

    /// <summary>What is wrong with a file, as the end of a sentence that begins with its name; <see langword="null"/> when nothing is.</summary>
    public static string? FaultOf(string path) => Read(path).Fault;

    /// <summary>Whether a secret that a caller sent is one of ours. Takes the same time for all wrong ones.</summary>
    public bool Accepts(string? given)
    {
        if (given is null || Current is not { } secrets)
        {
            return false;
        }

        var hash = Secrets.Hash(given);
        var isOurs = false;
        foreach (var secret in secrets.Hashes)
        {
            isOurs |= CryptographicOperations.FixedTimeEquals(hash, secret);
        }

        return isOurs;
    }

    private void Replace(Secrets secrets)
    {
        var former = _last;
        _last = secrets;
        if (former is not null && !former.IsSameAs(secrets))
        {
            RemoteLog.SecretReplaced(log, Path);
        }
    }

    private static (Secrets? Secrets, string? Fault) Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxFileBytes)
            {
                return (null, $"has more than {MaxFileBytes} bytes");
            }

            using var reader = new StreamReader(file, Encoding.UTF8);
            return Parse(reader.ReadToEnd());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (null, $"cannot be read: {exception.Message}");
        }
    }

    // What is said of a fault never has a part of a line in it.
    private static (Secrets? Secrets, string? Fault) Parse(string text)
    {
        string[] lines = [.. text.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#')];
        return lines.Length == 0 ? (null, "has no secret in it")
            : !Array.TrueForAll(lines, static line => line.Length is >= MinLength and <= MaxLength && line.All(static sign => sign is > ' ' and <= '~'))
                ? (null, $"has a line that is no secret: each must have {MinLength} to {MaxLength} visible ASCII characters")
            : (new Secrets(lines), null);
    }

    private sealed class Secrets(string[] lines)
    {
        public string First { get; } = lines[0];

        /// <summary>All of one length, so that comparing them says nothing of the length of a secret.</summary>
        public byte[][] Hashes { get; } = [.. lines.Select(Hash)];

        public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

        public bool IsSameAs(Secrets other) =>
            Hashes.Length == other.Hashes.Length && Hashes.Zip(other.Hashes).All(static pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    }
}
