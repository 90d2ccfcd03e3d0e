using System.Buffers;
using System.Net;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Connections;
using Remote.Actors;

namespace Remote;

/// <summary>
/// The settings of a node beyond plain values: the messages that may travel, the kinds that others may spawn, clocks and networks.
/// </summary>
/// <remarks>Filled before the node starts; later changes have no effect. Not thread-safe. All methods return the setup itself.</remarks>
public sealed class RemoteSetup
{
    private readonly Dictionary<string, Props> _kinds = new(StringComparer.Ordinal);

    /// <summary>The messages that may travel, for registrations that have no shortcut here.</summary>
    public SerializerRegistryBuilder Serializers { get; } = new();

    /// <summary>The kinds that other nodes may spawn, by name.</summary>
    public IReadOnlyDictionary<string, Props> Kinds => _kinds;

    /// <summary>The clock of all timeouts. Default <see langword="null"/>: that of the actor system.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>The source of jitter. Default <see langword="null"/>: a random one.</summary>
    public Random? Random { get; set; }

    /// <summary>
    /// Opens connections instead of TCP and Unix sockets: for networks in memory, proxies and tests. Default <see langword="null"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>Accepts connections instead of sockets: for networks in memory and tests. Default <see langword="null"/>.</summary>
    public IConnectionListenerFactory? ListenerFactory { get; set; }

    /// <summary>Where the memory of batches comes from.</summary>
    internal ArrayPool<byte> BatchArrays { get; set; } = ArrayPool<byte>.Shared;

    /// <summary>Lets every protobuf message of a file travel, nested ones too.</summary>
    /// <param name="file">The descriptor in the generated code of the file: <c>XReflection.Descriptor</c>.</param>
    /// <exception cref="ArgumentException">Another message has the same full name.</exception>
    public RemoteSetup AddMessages(FileDescriptor file)
    {
        Serializers.AddMessages(file);
        return this;
    }

    /// <summary>Lets the well-known protobuf types travel: StringValue, Empty, Any, Timestamp and so on.</summary>
    public RemoteSetup AddWellKnownMessages()
    {
        Serializers.AddWellKnownTypes();
        return this;
    }

    /// <summary>Lets a type travel as JSON.</summary>
    /// <param name="type">Its metadata from a source-generated context: <c>MyContext.Default.MyType</c>.</param>
    /// <param name="name">
    /// Its name on the wire, the same on every node. Default: full name and assembly, as Proto.Actor for .NET writes it.
    /// </param>
    /// <exception cref="ArgumentException">The type or the name is registered already.</exception>
    public RemoteSetup AddJson(JsonTypeInfo type, string? name = null)
    {
        Serializers.AddJson(type, name);
        return this;
    }

    /// <summary>Lets other nodes spawn actors from these props.</summary>
    /// <param name="kind">The name they ask for.</param>
    /// <param name="props">How the actor is made.</param>
    /// <exception cref="ArgumentException">The kind is registered already.</exception>
    public RemoteSetup AddKind(string kind, Props props)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(props);
        return _kinds.TryAdd(kind, props)
            ? this
            : throw new ArgumentException($"The kind '{kind}' is registered already.", nameof(kind));
    }
}
