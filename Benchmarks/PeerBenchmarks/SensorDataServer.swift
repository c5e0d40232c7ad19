/// A server of FlexMeasures' API that is measured: FlexMeasures itself, or Penstock.
protocol SensorDataServer: AnyObject {
    /// As it stands in the tables.
    var name: String { get }
    var port: UInt16 { get }
    /// Of a user who may write to the sensors.
    var token: String { get }
    /// The first of the sensors of 15 minutes in kW; the others follow it.
    var firstSensor: Int { get }

    /// Starts it in its empty folder, with sensors; returns when it answers.
    func startWithSensors(count: Int) throws
    /// Ends it in good order.
    func stop()
    /// Values that are stored, to see that none was lost.
    func storedValueCount() throws -> Int
    /// Tidies what is stored, as the store itself does in time; returns when done.
    func compact() throws
    /// Bytes on disk of values and what finds them.
    func storedByteCount() throws -> Int
}
