namespace Remote;

/// <summary>Why warnings of the trimmer are answered where they are.</summary>
internal static class Trimming
{
    internal const string TypesByName =
        "JSON messages are found by the names of their types, as in Proto.Remote. A type that was trimmed away is refused like one that "
        + "does not exist; protobuf messages and registered types are not concerned.";
}
