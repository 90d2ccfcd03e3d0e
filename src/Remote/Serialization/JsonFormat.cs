using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Proto;

namespace Remote;

/// <summary>
/// How JSON is written and read: with the options of Proto.Remote's serialization, made once. Two things are added to a copy of them. The
/// "$type" of a derived type may stand behind other properties, as other writers put it. And a PID that was made before this node had an
/// address is written with the one it has now.
/// </summary>
internal sealed class JsonFormat(Proto.Remote.Serialization serialization, ActorSystem system)
{
    private JsonSerializerOptions? _options;

    // Made at the first message: until then the application may set its own.
    private JsonSerializerOptions Options => _options ??= MakeOptions();

    internal JsonTypeInfo TypeInfo(Type type) => Options.GetTypeInfo(type);

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Trimming.TypesByName)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = Trimming.TypesByName)]
    private JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions(serialization.JsonSerializerOptions ?? JsonSerializerOptions.Default)
        {
            AllowOutOfOrderMetadataProperties = true,
        };
        options.TypeInfoResolver = (options.TypeInfoResolver ?? JsonSerializerOptions.Default.TypeInfoResolver)!
            .WithAddedModifier(GivePidsAnAddress);
        options.MakeReadOnly();
        return options;
    }

    private void GivePidsAnAddress(JsonTypeInfo type)
    {
        if (type.Type != typeof(PID))
        {
            return;
        }

        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider is PropertyInfo { Name: nameof(PID.Address) })
            {
                property.Get = pid => AddressOf((PID)pid);
            }
        }
    }

    private string AddressOf(PID pid) => pid.Address == ActorSystem.NoHost ? system.Address : pid.Address;
}
