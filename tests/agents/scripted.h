#pragma once
#include <vector>

#include "unidg/chat/chat_model.h"
#include "unidg/core/error.h"

namespace unidg::testing {

/// Answers by number, without a server; null: no usable answer.
class Scripted : public chat::ChatModel {
 public:
  explicit Scripted(std::vector<Json> answers) : answers_(std::move(answers)) {}
  chat::Answer ask(const chat::Question& question) override {
    questions.push_back(question);
    const auto& answer = answers_.at(questions.size() - 1);
    if (answer.is_null()) throw ServiceError("no usable answer");
    return {answer.dump(), answer, "model-v1"};
  }
  std::string name() const override { return "model"; }
  chat::Totals totals() const override { return {}; }
  std::vector<chat::Question> questions;

 private:
  std::vector<Json> answers_;
};

}  // namespace unidg::testing
