// SPDX-License-Identifier: Apache-2.0
// What faults do to one MQTT connection: held, slowed, cut.
#include "net/mqtt_connection.hpp"

#include <sys/epoll.h>

#include <algorithm>

namespace muster::testbroker::net {

ConnectionFaults& MqttConnection::faults() {
    if (!faults_) faults_ = std::make_unique<ConnectionFaults>();
    return *faults_;
}

std::size_t MqttConnection::allowed(Direction direction) {
    testbroker::faults::Plan* plan = host_->faults();
    if (faults_ && faults_->is_stalled) return 0;
    if (plan == nullptr) {
        if (faults_) faults_->holds_reading = faults_->holds_writing = false;
        return testbroker::faults::Allowance::unlimited;
    }
    const auto allowance = faults().link.allowed(*plan, host_->client_of(*this), direction, host_->now());
    const bool is_held = allowance.bytes == 0;
    (direction == Direction::received ? faults_->holds_reading : faults_->holds_writing) = is_held;
    if (is_held && allowance.again && (!faults_->resumed_by || *allowance.again < *faults_->resumed_by)) {
        faults_->resumed_by = allowance.again;
        host_->resume_at(*this, *allowance.again);
    }
    return allowance.bytes;
}

bool MqttConnection::passed(Direction direction, std::size_t bytes) {
    testbroker::faults::Plan* plan = faults_ ? host_->faults() : nullptr;
    return plan != nullptr && faults_->link.passed(*plan, direction, bytes, host_->now());
}

bool MqttConnection::passed_packet(Direction direction) {
    testbroker::faults::Plan* plan = host_->faults();
    if (plan == nullptr) return false;
    faults().link.meet(*plan, host_->client_of(*this), host_->now());
    return faults_->link.passed_packet(*plan, direction, host_->now());
}

void MqttConnection::count_sent_packet() {
    if (passed_packet(Direction::sent)) faults().is_doomed = true;
}

void MqttConnection::stall() {
    faults().is_stalled = true;
    faults_->holds_reading = true;
    want(EPOLLRDHUP);
}

void MqttConnection::resume() {
    if (!faults_ || faults_->is_stalled || state_ == State::gone) return;
    faults_->resumed_by.reset();
    const bool was_held = faults_->holds_reading;
    if (!was_held && !faults_->holds_writing) return;
    faults_->holds_reading = false;
    faults_->holds_writing = false;
    if (state_ == State::handshaking) return shake_hands();
    flush();
    if (was_held && (state_ == State::greeting || state_ == State::open)) read();  // TLS may have kept what the system gave.
}

}  // namespace muster::testbroker::net
