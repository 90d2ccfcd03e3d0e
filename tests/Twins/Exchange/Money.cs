using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Twins.Exchange;

/// <summary>An amount that the JSON serializer cannot read back unless it was given <see cref="MoneyConverter"/>.</summary>
public sealed class Money
{
    private readonly int _cents;

    private Money(int cents) => _cents = cents;

    public static Money FromCents(int cents) => new(cents);

    public static Money Parse(string text) => new(int.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));

    public override string ToString() => $"{_cents / 100}.{_cents % 100:00}";
}

/// <summary>Writes an amount as text.</summary>
public sealed class MoneyConverter : JsonConverter<Money>
{
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Money.Parse(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
