using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Remote.Protocol;

namespace Remote.Tests.Golden;

/// <summary>
/// Bytes of the administration service that protoc made once. A field that is renumbered, given another type or taken away makes them say something
/// else, and tools that are older than the node would misread it.
/// </summary>
public class AdminGoldenTests
{
    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden", "admin");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.bin").Select(path => Path.GetFileNameWithoutExtension(path))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Bytes_AreReadWholeAndWrittenTheSame(string name)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, name + ".bin"));

        // Without what it does not know: a field that is missing here is lost.
        var message = TypeOf(name).Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);

        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(message.ToByteArray()));
    }

    /// <summary>A field that is added has to be added to the text files too, so that it is pinned from its first day.</summary>
    [Fact]
    public void Fields_EachIsInSomeFile()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(Folder, "*.bin"))
        {
            Note(TypeOf(Path.GetFileNameWithoutExtension(path)).Parser.ParseFrom(File.ReadAllBytes(path)), seen);
        }

        var all = RemoteAdminReflection.Descriptor.MessageTypes.SelectMany(type => type.Fields.InDeclarationOrder()).Select(field => field.FullName);
        Assert.Equal([], all.Where(field => !seen.Contains(field)));
    }

    private static MessageDescriptor TypeOf(string name) =>
        RemoteAdminReflection.Descriptor.MessageTypes.Single(type => type.Name == name.Split('.')[0]);

    private static void Note(IMessage message, HashSet<string> seen)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            switch (field.Accessor.GetValue(message))
            {
                case ICollection collection when collection.Count > 0:
                    seen.Add(field.FullName);
                    foreach (var inner in collection.OfType<IMessage>())
                    {
                        Note(inner, seen);
                    }

                    break;
                case IMessage inner:
                    seen.Add(field.FullName);
                    Note(inner, seen);
                    break;
                case string { Length: > 0 } or true or (int and not 0) or (long and not 0L) or Enum:
                    seen.Add(field.FullName);
                    break;
            }
        }
    }
}
