namespace Remote.Tests.Fuzz;

/// <summary>Something that is no refusal came of a frame.</summary>
internal sealed class FuzzException(string where, byte[] frame, Exception inner)
    : Exception($"{where}: {inner.GetType().Name} at {Convert.ToHexString(frame)}", inner);
