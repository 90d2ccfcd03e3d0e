using Google.Protobuf.Reflection;
using Remote.Protocol;

namespace Remote.Repository.Tests;

/// <summary>docs/protocol.md names every method and every field of the administration service, and no other.</summary>
public sealed class AdminProtocolTests
{
    private const string Document = "docs/protocol.md";

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void Methods_AreThoseOfTheSchema() => Assert.Equal(
        RemoteAdminReflection.Descriptor.Services.Single().Methods.Select(method => method.Name),
        DocumentTables.Names(Document, "method"));

    [Fact]
    [Trait("Behaviour", "Z-03")]
    public void Fields_AreThoseOfTheSchema() => Assert.Equal(
        RemoteAdminReflection.Descriptor.MessageTypes.Select(message => $"{message.Name}: {Fields(message)}").Order(StringComparer.Ordinal),
        DocumentTables.Rows(Document, "admin message")
            .Select(row => $"{row[0].Trim('`')}: {row[1].Replace("`", "", StringComparison.Ordinal)}")
            .Order(StringComparer.Ordinal));

    private static string Fields(MessageDescriptor message) =>
        string.Join(", ", message.Fields.InFieldNumberOrder().Select(field => $"{field.Name} {field.FieldNumber}"));
}
