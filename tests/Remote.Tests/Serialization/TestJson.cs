using System.Text.Json.Serialization;

namespace Remote.Tests.Serialization
{
    internal sealed record Order(string Item, int Count);

    internal sealed record Wrapped<T>(T Value);

    /// <summary>Declares what derives from it.</summary>
    [JsonDerivedType(typeof(Circle), "circle")]
    internal record Shape(string Name);

    internal sealed record Circle(string Name, int Radius) : Shape(Name);

    /// <summary>Cannot be written: its property throws.</summary>
    internal sealed class Broken
    {
        public string Text { get; set; } = new('x', 100);

        public string Value => throw new InvalidOperationException("broken on purpose");
    }

    /// <summary>Knows how often it was written, on one thread.</summary>
    internal sealed class Counted
    {
        public string Text
        {
            get
            {
                Serialized++;
                return field;
            }

            set;
        } = "";

        internal int Serialized { get; private set; }
    }

    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(Counted))]
    [JsonSerializable(typeof(Wrapped<Order>))]
    [JsonSerializable(typeof(Broken))]
    [JsonSerializable(typeof(string))]
    [JsonSerializable(typeof(int))]
    [JsonSerializable(typeof(Recording.JsonGreeting))]
    [JsonSerializable(typeof(Recording.JsonAnswer))]
    internal sealed partial class TestJson : JsonSerializerContext;
}

namespace Recording
{
    // The types of the recorded conversation; there they live in an assembly called WireRecorder.
    internal sealed record JsonGreeting(string Text, int Number, string[] Tags);

    internal sealed record JsonAnswer(string Text);
}
