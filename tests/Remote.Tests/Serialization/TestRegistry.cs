using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests.Serialization;

/// <summary>Registries as a node makes them, without the node.</summary>
internal static class TestRegistry
{
    private static readonly FileDescriptor[] WellKnown =
    [
        AnyReflection.Descriptor, DurationReflection.Descriptor, EmptyReflection.Descriptor, FieldMaskReflection.Descriptor,
        StructReflection.Descriptor, TimestampReflection.Descriptor, WrappersReflection.Descriptor,
    ];

    /// <summary>Knows the well-known types and the messages of these files.</summary>
    internal static SerializerRegistry Of(params FileDescriptor[] files) => Of(Serialization(files));

    internal static SerializerRegistry Of(Proto.Remote.Serialization serialization, Action<RemoteOptions>? configure = null)
    {
        var options = new RemoteOptions();
        configure?.Invoke(options);
        var system = new ActorSystem();
        system.Extensions.Register(serialization);
        return new SerializerRegistry(serialization, system, options);
    }

    internal static Proto.Remote.Serialization Serialization(params FileDescriptor[] files)
    {
        var serialization = new Proto.Remote.Serialization();
        foreach (var file in WellKnown.Concat(files))
        {
            serialization.RegisterFileDescriptor(file);
        }

        return serialization;
    }
}
