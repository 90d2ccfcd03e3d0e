using System.Globalization;
using System.Text;

namespace Remote.Tests.Fuzz;

/// <summary>Messages of serializer 1: names of types that may be named and of others, and text that is JSON, or nearly.</summary>
internal sealed class JsonGenerator(FuzzSource source)
{
    private const string Here = "Remote.Tests.Serialization";

    private static readonly string[] Names =
    [
        $"{Here}.Order, Remote.Tests", $"{Here}.Order, Remote.Tests", $"{Here}.Shape, Remote.Tests", $"{Here}.Shape, Remote.Tests",
        $"{Here}.Circle, Remote.Tests", $"{Here}.Order[], Remote.Tests", $"{Here}.Wrapped`1[[{Here}.Order, Remote.Tests]], Remote.Tests",
        $"{Here}.Wrapped`1[[System.Double, mscorlib]], Remote.Tests", $"{Here}.Wrapped`1[[System.String, mscorlib]], Remote.Tests",
        $"{Here}.Wrapped`1[[System.Decimal, mscorlib]], Remote.Tests, Version=1.0.0.0", $"{Here}.Broken, Remote.Tests",
        $"{Here}.Wrapped`1[[System.Collections.Generic.Dictionary`2[[System.String, mscorlib],[System.Int128, mscorlib]], mscorlib]], Remote.Tests",
        "remote.tests.Hello", "remote.tests.Tree", "remote.tests.Directory", "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.Any",
        "google.protobuf.Duration", "google.protobuf.Timestamp", "google.protobuf.FieldMask", "google.protobuf.DoubleValue",
        "System.Diagnostics.Process, System.Diagnostics.Process", "System.String, System.Private.CoreLib", "Proto.PID, Proto.Actor", "actor.Stop",
        "Proto.Mailbox.SuspendMailbox, Proto.Actor", "no.such.Type", ",", "", "][,,", $"{Here}.Wrapped`1[[{Here}.Wrapped`1[[", $"{Here}.Order*, Remote.Tests",
    ];

    private static readonly string[] Keys =
    [
        "$type", "$type", "$id", "$ref", "$values", "@type", "Item", "Item", "Count", "Name", "Radius", "Value", "value", "text", "number", "data", "children",
        "label", "fields", "", "\\u0000", "__proto__",
    ];

    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "-0", "-", "+1", "1.", ".5", "01", "1e", "1e400", "-1e400", "1e-999999999", "9223372036854775808", "NaN", "Infinity",
        "\"NaN\"", "\"circle\"", "\"circle\"", "\"square\"", "\"System.Diagnostics.Process, System.Diagnostics.Process\"", "\"\\ud800\"", "\"\\u12\"", "\"",
        "\"1.5s\"", "\"2026-01-01T00:00:00Z\"", "\"type.googleapis.com/remote.tests.Hello\"", "\"type.googleapis.com/\"", "\"AQI=\"", "\"a,b.c\"", "{}", "[]",
    ];

    public string Name() => Names[source.Below(Names.Length)];

    public byte[] Payload()
    {
        var text = new StringBuilder();
        switch (source.Below(12))
        {
            case 0:
                Nest(text, source.Of('[', '{'), source.Of(3, 63, 64, 65, 99, 100, 101, 1000));
                break;
            case 1:
                text.Append("{\"Count\":").Append('1', source.Of(20, 309, 310, 5000)).Append(source.Of("", "}", "e1}", ".1}"));
                break;
            case 2:
                text.Append("{\"Item\":\"pen\",\"Count\":3}").Append(source.Of("", " ", ",", "}", "//x", "\0", "{}"));
                break;
            case 3:
                return source.Bytes(40);
            default:
                Object(text, source.Below(4));
                break;
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        return source.Below(20) switch
        {
            0 => [0xEF, 0xBB, 0xBF, .. bytes],
            1 => Encoding.Unicode.GetBytes(text.ToString()),
            2 => bytes[..source.Below(bytes.Length + 1)],
            _ => bytes,
        };
    }

    private void Object(StringBuilder text, int depth)
    {
        text.Append('{');
        var count = source.Below(6);
        for (var i = 0; i < count; i++)
        {
            // Keys come twice, and "$type" wherever it likes.
            text.Append(i == 0 ? "" : ",").Append('"').Append(Keys[source.Below(Keys.Length)]).Append("\":");
            Value(text, depth);
        }

        text.Append('}');
    }

    private void Value(StringBuilder text, int depth)
    {
        switch (depth > 0 ? source.Below(6) : 5)
        {
            case 0:
                Object(text, depth - 1);
                break;
            case 1:
                text.Append('[');
                Value(text, depth - 1);
                text.Append(source.Of("", ",")).Append(']');
                break;
            case 2:
                text.Append(CultureInfo.InvariantCulture, $"{(long)source.Number()}");
                break;
            default:
                text.Append(Scalars[source.Below(Scalars.Length)]);
                break;
        }
    }

    private void Nest(StringBuilder text, char open, int depth)
    {
        var each = open == '[' ? "[" : $"{{\"{source.Of("Value", "children", "Name")}\":";
        text.Insert(0, each, depth).Append(source.Of("null", "", "1"));
        text.Append(open == '[' ? ']' : '}', source.Once(3) ? 0 : depth);
    }
}
