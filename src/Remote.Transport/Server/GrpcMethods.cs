using System.Diagnostics.CodeAnalysis;

namespace Remote.Transport;

/// <summary>Serves one call. The status is OK when the task completes, that of a <see cref="GrpcException"/> when it throws one, else UNKNOWN.</summary>
public delegate Task GrpcHandler(GrpcServerStream stream);

/// <summary>
/// The methods a server answers: the exact path <c>/package.Service/Method</c> and its handler. Fill it before the server
/// starts; it is not thread-safe for writing.
/// </summary>
public sealed partial class GrpcMethods
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The paths, in no particular order.</summary>
    public IReadOnlyCollection<string> Paths => _entries.Keys;

    /// <summary>Adds a handler that reads and writes frames itself.</summary>
    /// <param name="path"><c>/package.Service/Method</c>; requests reach the handler only when their target is this, byte for byte.</param>
    /// <param name="handler">Serves one call.</param>
    /// <param name="kind">Streaming methods are exempt from the web server's limits on body size and data rate.</param>
    /// <exception cref="ArgumentException">The path is not of this form, or taken.</exception>
    public GrpcMethods Add(string path, GrpcHandler handler, GrpcMethodKind kind = GrpcMethodKind.Duplex)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(handler);
        if (!IsPath(path))
        {
            throw new ArgumentException($"'{path}' is no method path; expected /package.Service/Method.", nameof(path));
        }

        if (!_entries.TryAdd(path, new Entry(handler, kind)))
        {
            throw new ArgumentException($"'{path}' has a handler already.", nameof(path));
        }

        return this;
    }

    internal bool TryGet(string path, [NotNullWhen(true)] out Entry? entry) => _entries.TryGetValue(path, out entry);

    private static bool IsPath(string path)
    {
        int slash = path.LastIndexOf('/');
        return path.Length > 3 && path[0] == '/' && slash > 1 && slash < path.Length - 1 && path.IndexOf('/', 1) == slash
            && path.AsSpan().IndexOfAny("%?#{}\\ ") < 0 && path.All(char.IsAscii);
    }

    internal sealed record Entry(GrpcHandler Handler, GrpcMethodKind Kind);
}
