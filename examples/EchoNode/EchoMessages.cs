using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace EchoNode;

/// <summary>The messages that travel: the well-known ones of protobuf, so that no other program needs a file of ours.</summary>
internal static class EchoMessages
{
    public static FileDescriptor[] All { get; } =
    [
        AnyReflection.Descriptor, DurationReflection.Descriptor, EmptyReflection.Descriptor, FieldMaskReflection.Descriptor,
        StructReflection.Descriptor, TimestampReflection.Descriptor, WrappersReflection.Descriptor,
    ];
}
