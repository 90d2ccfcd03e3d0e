using System.Globalization;
using Tracing.Otlp;

namespace Tracing.Collector;

/// <summary>Attributes of OTLP as text.</summary>
internal static class CollectedAttributes
{
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<KeyValue> attributes) =>
        attributes.ToDictionary(static attribute => attribute.Key, static attribute => TextOf(attribute.Value), StringComparer.Ordinal);

    private static string TextOf(AnyValue value) => value.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
        _ => "",
    };
}
