using System.Buffers;
using System.Net;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Connections;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// What a node of a test has beside its options: where it listens, which messages and kinds it knows, and what stands in for sockets, clock
/// and chance. Knows the well-known types and the messages of the recordings.
/// </summary>
internal sealed class TestSetup
{
    private static readonly FileDescriptor[] Known =
    [
        AnyReflection.Descriptor, DurationReflection.Descriptor, EmptyReflection.Descriptor, FieldMaskReflection.Descriptor,
        StructReflection.Descriptor, TimestampReflection.Descriptor, WrappersReflection.Descriptor, Wiretest.WiretestReflection.Descriptor,
    ];

    private readonly List<Func<RemoteConfig, RemoteConfig>> _changes = [];

    public string Host { get; set; } = "127.0.0.1";

    public int Port { get; set; }

    public string? AdvertisedHost { get; set; }

    public int? AdvertisedPort { get; set; }

    public TimeProvider? TimeProvider { get; set; }

    public Random? Random { get; set; }

    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    public IConnectionListenerFactory? ListenerFactory { get; set; }

    public ArrayPool<byte>? BatchArrays { get; set; }

    /// <summary>Listens at <c>host:port</c>.</summary>
    public TestSetup At(string address)
    {
        var colon = address.LastIndexOf(':');
        (Host, Port) = (address[..colon].Trim('[', ']'), int.Parse(address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
        return this;
    }

    public TestSetup UseNetwork(InMemoryNetwork network)
    {
        (ListenerFactory, Connect) = (network, network.ConnectAsync);
        return this;
    }

    public TestSetup AddKind(string kind, Props props) => Change(config => config.WithRemoteKind(kind, props));

    public TestSetup AddMessages(FileDescriptor file) => Change(config => config.WithProtoMessages(file));

    public TestSetup AddSerializer(int id, int priority, ISerializer serializer) => Change(config => config.WithSerializer(id, priority, serializer));

    /// <summary>Anything else that a config has.</summary>
    public TestSetup Change(Func<RemoteConfig, RemoteConfig> change)
    {
        _changes.Add(change);
        return this;
    }

    public RemoteConfig ToConfig()
    {
        var config = RemoteConfig.BindTo(Host, Port).WithProtoMessages(Known).WithAdvertisedHost(AdvertisedHost).WithAdvertisedPort(AdvertisedPort);
        return _changes.Aggregate(config, (changed, change) => change(changed));
    }

    /// <summary>Puts the stand-ins into the options. What the options have already stays where this has nothing.</summary>
    public void Fill(RemoteHooks hooks)
    {
        hooks.TimeProvider = TimeProvider ?? hooks.TimeProvider;
        hooks.Random = Random ?? hooks.Random;
        hooks.Connect = Connect ?? hooks.Connect;
        hooks.ListenerFactory = ListenerFactory ?? hooks.ListenerFactory;
        hooks.BatchArrays = BatchArrays ?? hooks.BatchArrays;
    }
}
