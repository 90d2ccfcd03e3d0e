using System.Text.Json.Serialization;
using Remote;

namespace Chat;

/// <summary>A user wants to be in the room. Its sender is who gets what is said there.</summary>
internal sealed record Join(string Name);

/// <summary>The answer: who else is there.</summary>
internal sealed record Welcome(string[] Others);

/// <summary>A user says something; the room passes it on as <see cref="Said"/>.</summary>
internal sealed record Say(string Text);

internal sealed record Said(string Name, string Text);

internal sealed record Arrived(string Name);

internal sealed record Departed(string Name);

/// <summary>What travels between the users and the room.</summary>
[JsonSerializable(typeof(Join))]
[JsonSerializable(typeof(Welcome))]
[JsonSerializable(typeof(Say))]
[JsonSerializable(typeof(Said))]
[JsonSerializable(typeof(Arrived))]
[JsonSerializable(typeof(Departed))]
internal sealed partial class Messages : JsonSerializerContext
{
    public static void Register(RemoteSetup setup) => setup
        .AddJson(Default.Join, "chat.Join")
        .AddJson(Default.Welcome, "chat.Welcome")
        .AddJson(Default.Say, "chat.Say")
        .AddJson(Default.Said, "chat.Said")
        .AddJson(Default.Arrived, "chat.Arrived")
        .AddJson(Default.Departed, "chat.Departed");
}
