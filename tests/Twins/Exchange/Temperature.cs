using System.Globalization;
using Google.Protobuf;
using Proto.Remote;

namespace Twins.Exchange;

/// <summary>A message that only <see cref="TemperatureSerializer"/> can read back.</summary>
public sealed class Temperature
{
    private Temperature(int degrees) => Degrees = degrees;

    public int Degrees { get; }

    public static Temperature Of(int degrees) => new(degrees);
}

/// <summary>Writes temperatures as text.</summary>
public sealed class TemperatureSerializer : ISerializer
{
    public ByteString Serialize(object obj) => ByteString.CopyFromUtf8(((Temperature)obj).Degrees.ToString(CultureInfo.InvariantCulture));

    public object Deserialize(ByteString bytes, string typeName) =>
        Temperature.Of(int.Parse(bytes.ToStringUtf8(), CultureInfo.InvariantCulture));

    public string GetTypeName(object message) => "temperature";

    public bool CanSerialize(object obj) => obj is Temperature;
}
