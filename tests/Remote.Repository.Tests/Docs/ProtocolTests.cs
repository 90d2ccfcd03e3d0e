using Google.Protobuf.Reflection;
using Remote.Protocol;

namespace Remote.Repository.Tests;

/// <summary>docs/protocol.md names every field that we added to the protocol, with its number, and no other.</summary>
public sealed class ProtocolTests
{
    private const string Document = "docs/protocol.md";
    private const int FirstOfOurs = 100;

    private static readonly MessageDescriptor[] Extended = [ServerConnection.Descriptor, ClientConnection.Descriptor, ConnectResponse.Descriptor, MessageBatch.Descriptor, DeadLetterResponse.Descriptor];

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void AddedFields_AreThoseOfTheSchema()
    {
        var expected = Extended.SelectMany(message => message.Fields.InDeclarationOrder())
            .Where(field => field.FieldNumber >= FirstOfOurs)
            .Select(field => $"{field.Name} {field.FieldNumber} {field.ContainingType.Name}");
        var documented = DocumentTables.Rows(Document, "field")
            .SelectMany(row => row[2].Split(", ").Select(message => $"{row[0].Trim('`')} {row[1]} {message}"));

        Assert.Equal(expected.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void Frames_AreThoseOfTheSchema()
    {
        var expected = RemoteMessage.Descriptor.Fields.InDeclarationOrder()
            .Where(field => field.FieldNumber >= FirstOfOurs)
            .Select(field => $"{field.Name} {field.FieldNumber}: {Fields(field.MessageType)}");
        var documented = DocumentTables.Rows(Document, "frame").Select(row => $"{row[0].Trim('`')} {row[1]}: {row[3].Replace("`", "", StringComparison.Ordinal)}");

        Assert.Equal(expected.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static string Fields(MessageDescriptor message) =>
        string.Join(", ", message.Fields.InFieldNumberOrder().Select(field => $"{field.Name} {field.FieldNumber}"));
}
