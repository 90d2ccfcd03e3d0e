using Proto;
using Proto.Remote;

namespace Twins.Exchange;

/// <summary>Travels as JSON.</summary>
public sealed record PriceQuestion(string Article, int Pieces);

/// <summary>Travels as JSON, with the options of the application.</summary>
public sealed record PriceAnswer(string Article, Money Total);

/// <summary>A message in memory that is another one on the wire.</summary>
public sealed record Parcel(string Label) : IRootSerializable
{
    public IRootSerialized Serialize(ActorSystem system) => new PackedParcel { Label = $"packed {Label}" };
}

/// <summary>The other one.</summary>
public sealed partial class PackedParcel : IRootSerialized
{
    public IRootSerializable Deserialize(ActorSystem system) => new Parcel($"{Label}, unpacked");
}
